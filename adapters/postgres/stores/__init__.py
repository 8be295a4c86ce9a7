"""One store for each resource of an organization."""
