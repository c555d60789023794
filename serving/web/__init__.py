"""The page for phones and desktops; static files only."""
