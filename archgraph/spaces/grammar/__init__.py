"""Spaces whose members are what the rules of a grammar derive."""
