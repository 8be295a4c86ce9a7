"""The carriers' half: services, prices, tracking numbers, labels and what was bought."""
