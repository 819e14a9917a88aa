"""Nearest boundary segment and interior depth."""
