"""HTTP for the adapters: transport, address checks, OAuth, JSON."""
