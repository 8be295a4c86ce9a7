"""Sales channels: one folder each. Which adapter speaks for a bridge is decided in `bootstrap/container.py`."""
