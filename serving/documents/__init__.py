"""Documents: made, numbered, kept."""
