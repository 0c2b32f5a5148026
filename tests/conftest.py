"""What all tests share."""

import os

# Threads that spin while they wait make tests crawl where anything else runs; read when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
