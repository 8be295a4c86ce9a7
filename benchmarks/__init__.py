"""Benchmarks: measure the service against other engines, a bare workflow and bare routes (`python -m benchmarks`)."""
