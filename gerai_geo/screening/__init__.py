"""Findings: status, certainty, route and criteria of every site."""
