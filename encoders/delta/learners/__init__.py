"""What learns scores from labels: Gaussian processes, boosted trees, networks of differences, and their ensemble."""
