"""Whether the process is alive and can serve."""
