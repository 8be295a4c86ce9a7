"""Orders, as shops send them."""
