"""Simulators of carriers and sales channels to rehearse with: real HTTP, real labels, scripted faults."""
