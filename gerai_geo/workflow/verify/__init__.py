"""Verification of a saved result: what is still as it was made, and what explains it where not."""
