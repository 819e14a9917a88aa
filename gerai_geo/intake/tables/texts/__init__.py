"""Delimited text before it is split into cells: its encoding, its quotes."""
