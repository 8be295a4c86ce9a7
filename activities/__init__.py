"""The edge: activities as methods of classes that take ports. They turn errors into what Temporal acts on."""
