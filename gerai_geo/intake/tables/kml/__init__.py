"""Features of KML documents, and the documents of a KMZ."""
