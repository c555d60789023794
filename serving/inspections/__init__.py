"""Inspections of an office, and enterprises of themselves."""
