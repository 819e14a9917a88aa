"""What a result was made with: versions of programs, libraries and tables of facts."""
