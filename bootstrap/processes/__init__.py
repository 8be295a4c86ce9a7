"""The processes of the service: API and worker."""
