"""Which column holds what, and cells turned into positions and attributes."""
