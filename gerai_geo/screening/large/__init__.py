"""Screening beyond memory and beyond one machine."""
