"""Findings: confirmed or dismissed by a person."""
