"""Regencies and villages: names, codes and boundaries."""
