"""Raster evidence: zonal statistics under and around sites."""
