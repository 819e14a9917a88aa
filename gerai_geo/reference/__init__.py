"""Reference data: facts as data files, each row with source and confidence, and code that reads and matches them."""
