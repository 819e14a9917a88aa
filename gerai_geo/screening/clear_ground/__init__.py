"""Nearest ground outside kawasan hutan that fits a parcel."""
