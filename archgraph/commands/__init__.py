"""Commands on graph files and spaces, which need no network."""
