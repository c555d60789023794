"""Grading of enterprises, lists, appeals."""
