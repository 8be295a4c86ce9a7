"""The stores of an organization's resources."""
