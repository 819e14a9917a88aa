"""The index page with the overview map and the numbers per regency."""
