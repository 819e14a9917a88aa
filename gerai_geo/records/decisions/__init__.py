"""Decisions of people that the forest layer does not hold at a site."""
