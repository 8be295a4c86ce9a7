"""One folder per operation type."""
