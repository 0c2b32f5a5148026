"""The `archgraph` command: one file a command group, each importing its package when it runs."""
