"""What goes out: maps, lists, files for other programs. Nothing is judged here."""
