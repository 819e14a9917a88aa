"""What the command line is asked to do, as data: in memory, and as the manifest of a result has it."""
