"""Activities: methods of classes that take ports and convert domain errors to Temporal's."""
