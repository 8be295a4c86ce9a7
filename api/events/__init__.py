"""Events: what changed, through whom, and in which order."""
