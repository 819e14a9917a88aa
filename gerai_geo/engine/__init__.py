"""Spatial index of a forest layer: arrays in, arrays out; no law, no words."""
