"""What would happen, without a server?"""
