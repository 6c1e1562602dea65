"""What in a change speaks of AI? From the marks that tools leave to findings with their exact text."""
