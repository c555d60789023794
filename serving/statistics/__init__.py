"""Statistics of the ledger, and early warning."""
