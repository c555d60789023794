"""Word, PDF and Excel: what an office writes, and what it reads in."""
