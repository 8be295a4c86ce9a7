"""Domain types and ports: no I/O, no framework, no imports from the other packages."""
