"""Photos: received, diagnosed, kept, shown."""
