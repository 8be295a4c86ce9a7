"""Carrier accounts: an organization's accounts at carriers."""
