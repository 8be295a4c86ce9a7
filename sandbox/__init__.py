"""A simulated carrier and sales channel to rehearse with: real HTTP, real labels, scripted faults."""
