"""Sandbox: simulators of carriers and sales channels, with real HTTP, real labels and scripted faults."""
