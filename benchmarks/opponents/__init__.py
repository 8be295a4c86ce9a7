"""The same work on other engines. What runs in an opponent's processes imports nothing of the service's packages."""
