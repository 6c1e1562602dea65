"""Where is it kept? The only rooms that speak SQL."""
