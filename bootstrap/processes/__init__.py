"""The processes: API and worker."""
