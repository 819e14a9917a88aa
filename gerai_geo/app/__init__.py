"""The local page of `gerai-geo app`: uploads, jobs of the command line, results, one site at once."""
