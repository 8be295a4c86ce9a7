"""Compare the declared schema with the migrated one, and write a migration from the difference."""
