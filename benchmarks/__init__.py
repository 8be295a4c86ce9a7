"""Measures the service against a bare Temporal workflow and bare routes, in one run: `python -m benchmarks`."""
