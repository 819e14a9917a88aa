"""The records that rooms hand to each other, saved and read back."""
