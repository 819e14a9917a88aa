"""A screening as a notebook shows it."""
