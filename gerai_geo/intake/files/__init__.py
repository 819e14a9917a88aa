"""Opening files safely: GDAL, zip archives, PostGIS, reads within a bounding box."""
