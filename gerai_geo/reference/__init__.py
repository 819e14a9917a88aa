"""Facts as data files, each row with its source and confidence; no rule of law stands in code."""
