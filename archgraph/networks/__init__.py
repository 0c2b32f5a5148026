"""The published networks around the cells: what an architecture costs once it is placed in its network."""
