"""Progress against the target: sites in groups, and their numbers by regency."""
