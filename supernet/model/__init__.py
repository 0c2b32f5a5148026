"""A model: a trained network with its classes, its preprocessing and its report."""
