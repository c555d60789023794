"""Enterprises under supervision."""
