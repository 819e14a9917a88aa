"""Parcels from vertices, or from a declared width and length."""
