"""What is everything that is known of one signoff, for whoever wants to read it?"""
