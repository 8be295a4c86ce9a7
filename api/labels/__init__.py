"""Labels of many shipments in one file."""
