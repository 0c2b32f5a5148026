"""Spaces around networks of one's own."""
