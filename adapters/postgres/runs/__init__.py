"""Runs, their outcomes, and the notifications about them."""
