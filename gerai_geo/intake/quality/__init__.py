"""Checks of sites that yield issues; suggested and accepted corrections."""
