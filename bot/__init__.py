"""Countersign: a senior engineer signs off an AI-assisted change before it ships."""
