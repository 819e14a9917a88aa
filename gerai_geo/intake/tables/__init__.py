"""Files to raw tables: delimited text, spreadsheets, vector files."""
