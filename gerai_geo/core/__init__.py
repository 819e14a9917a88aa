"""Shared ground: geometry on the ellipsoid, repeated values, names as keys, the cache."""
