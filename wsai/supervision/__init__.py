"""Supervision of enterprises: who they are, what they risk, and which are looked at first."""
