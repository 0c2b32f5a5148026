"""Studies of Optuna that many workers share: where they lie, who works on them, and who no longer does."""
