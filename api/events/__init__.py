"""Events: the changes of all resources, in order."""
