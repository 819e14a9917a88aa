"""The HTML map of one regency."""
