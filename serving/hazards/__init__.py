"""Hazard records: listed and read."""
