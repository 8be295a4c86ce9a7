"""Tunes Python's garbage collector for the memory of a service."""

import gc

YOUNG, GENERATIONS = 20_000, 20
"""Thresholds of the collector. A request of 500 operations creates some ten thousand objects, nearly all freed by

reference counting. The default threshold of 700 makes the collector scan them again and again while they are in use;
with 20,000 such a request takes a third less CPU (measured by `make bench`).
"""


def freeze_loaded_objects() -> None:
    """Exclude the loaded modules from garbage collection; call it after all modules and routes are loaded.

    Cycles are still collected, but later: after `YOUNG` new objects.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, GENERATIONS, GENERATIONS)
