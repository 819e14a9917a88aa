"""Clients of ArcGIS REST and OGC API Features services."""
