"""The carriers' half: services, prices, tracking numbers, labels and the books of what was bought."""
