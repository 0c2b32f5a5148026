"""Networks that were made elsewhere: run, edited and kept as data."""
