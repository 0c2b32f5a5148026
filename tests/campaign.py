"""How often the campaign (`make campaign`) tries what the tests of every day try a few times.

`ARCHGRAPH_CAMPAIGN=0.1 make campaign` tries a tenth of it.
"""

import math
import os

_SHARE = float(os.environ.get("ARCHGRAPH_CAMPAIGN", "1"))
INPUTS = math.ceil(20_000 * _SHARE)
"""Broken inputs of a reader."""
LINES = math.ceil(2_000 * _SHARE)
"""Command lines that are nearly right."""
KILLS = math.ceil(100 * _SHARE)
"""Kills of long commands."""
DISKS = math.ceil(20 * _SHARE)
"""Disks that are full."""
