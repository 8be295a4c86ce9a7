"""The only place that knows vendors and drivers."""
