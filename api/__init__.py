"""HTTP layer: request validation, authentication and responses."""
