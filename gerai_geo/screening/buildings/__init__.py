"""What the list says of buildings, checked against itself and the day of screening."""
