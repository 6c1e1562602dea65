"""What is there to be seen of many signoffs, and how is it said? Pure, as all of the domain."""
