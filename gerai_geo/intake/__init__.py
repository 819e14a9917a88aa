"""Readers: files to sites, forest layers and overlay layers."""
