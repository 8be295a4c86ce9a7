"""The sales channel's half: orders, remaining quantities and fulfillments."""
