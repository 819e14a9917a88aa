"""Writers: maps, lists, dossiers and files for other GIS."""
