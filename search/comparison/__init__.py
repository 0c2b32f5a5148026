"""Studies side by side: curves, statistics, pictures, a report."""
