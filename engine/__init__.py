"""The engine: dispatcher, fair queue, concurrency limit, reconciler, tracker."""
