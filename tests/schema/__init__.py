"""The declared schema against the migrated one, and the command that writes a migration from the difference."""
