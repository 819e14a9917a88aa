"""What a list says of the papers of a piece of land: ownership, title, dispute, consent."""
