"""What the project made itself and ships; README.md says how each file was made."""
