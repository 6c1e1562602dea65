"""What does a person see on the page that is theirs alone, and what can they say there of themselves?"""
