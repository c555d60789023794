"""Records that both sides signed."""
