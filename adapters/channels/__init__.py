"""Sales channels, one package each; `bootstrap/container.py` chooses the adapter of a bridge."""
