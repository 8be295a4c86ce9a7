"""Carrier simulators: services, prices, tracking numbers, labels and sales."""
