"""The searches as samplers of Optuna, for anyone's objective."""
