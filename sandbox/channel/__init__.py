"""Sales channel simulators: orders, remaining quantities and fulfillments."""
