"""The organization of the calling key."""
