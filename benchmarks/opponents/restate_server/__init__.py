"""The same work on Restate: handlers behind its own ingress, state in its own store."""
