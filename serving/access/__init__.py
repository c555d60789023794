"""Who may come in: accounts, logins, keys, the one-time setup link."""
