"""Images in, model out: a search and a long training within limits and a budget of time."""
