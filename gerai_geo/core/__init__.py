"""Shared helpers: geometry on the ellipsoid, categorical columns, keys of names, checksums, the cache."""
