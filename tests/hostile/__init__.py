"""What does a stranger send, and what does somebody who got hold of a key? Thousands of each, at every
door: `corpus` makes them of good messages, `runner` sends them and looks what becomes of us.
"""
