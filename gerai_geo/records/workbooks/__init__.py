"""Workbooks opened, and what they say beside the values of their cells."""
