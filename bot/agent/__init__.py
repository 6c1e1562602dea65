"""What does a build agent know of the change it is about to ship?

It runs where nothing but Python is installed: standard library, the domain and git, nothing else.
"""
