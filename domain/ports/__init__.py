"""Ports: the protocols that the outer packages implement for the inner ones."""
