"""Files and database tables for other GIS programs."""
