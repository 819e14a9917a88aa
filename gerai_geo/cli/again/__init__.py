"""A saved result screened once more and compared."""
