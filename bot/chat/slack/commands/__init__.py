"""What does `/signoff` answer, and the shortcuts that ask the same?"""
