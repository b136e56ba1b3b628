"""Scenarios of the frontends of seed 002, row by row of their contract."""
