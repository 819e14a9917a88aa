"""The A4 dossier and the printed list (PDF)."""
