"""Parts of `read_forest` and `read_extra`: functions, decrees, defects, coverage."""
