"""Agencies that have work with sites, and their tasks."""
