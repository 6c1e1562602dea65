"""Whom do we ask? Of those who may sign, few, who can look soon; and why they and not others."""
