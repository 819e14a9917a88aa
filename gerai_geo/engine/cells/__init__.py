"""Cell index: areas of parcels per polygon, and the polygons that cover points."""
