"""Users of the organization."""
