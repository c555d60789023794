"""Grids of the park."""
