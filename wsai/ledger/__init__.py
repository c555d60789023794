"""Hazard records: what a confirmed finding becomes, and the rules of its treatment."""
