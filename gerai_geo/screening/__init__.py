"""Findings: status, probability, routes and criteria of every site."""
