"""Carrier accounts: an organization's contracts with carriers."""
