"""Coordinate notations: text to longitude and latitude."""
