"""The HTTP client of the adapters: transport, address guard, OAuth, JSON."""
