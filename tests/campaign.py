"""How often the campaign (`make campaign`) tries what the tests of every day try a few times."""

INPUTS = 20_000
"""Broken inputs of a reader."""
LINES = 2_000
"""Command lines that are nearly right."""
KILLS = 100
"""Kills of long commands."""
DISKS = 20
"""Disks that are full."""
