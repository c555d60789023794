"""The HTTP service and the command line around it."""
