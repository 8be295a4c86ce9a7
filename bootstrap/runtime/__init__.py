"""Services that run inside a process: engine, metrics, retention, logs."""
