"""The explorer: an embedding space, a table or a search as one page to look around in."""
