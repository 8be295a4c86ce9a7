"""The same operation on Restate: handlers behind its own ingress, state in its own store."""
