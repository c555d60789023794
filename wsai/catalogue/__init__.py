"""Hazards, clauses, guidance and checklists, as checked data."""
