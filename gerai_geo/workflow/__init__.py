"""Functions that lead through several rooms in one call: reading, screening and clear ground of one site."""
