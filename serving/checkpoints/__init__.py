"""Places that are looked at again and again."""
