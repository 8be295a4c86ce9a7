"""Vendor profiles: the facts about each carrier and sales channel, one module per vendor, without I/O."""
