"""CPU time and memory of a stack's processes, including children."""

import contextlib
import os
from collections.abc import Iterable, Mapping

import psutil

LOAD = "load"
"""The benchmark's own process: the clients, and the worker of the bare workflow."""


class CpuMeter:
    """Reads the CPU time of named processes.

    Args:
        pids: process ids by name; the benchmark's own process is added.
    """

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._roots = {name: psutil.Process(pid) for name, pid in pids.items()}

    def seconds(self) -> dict[str, float]:
        """Return the CPU seconds spent so far, including running and ended children."""
        spent = {name: sum(map(_spent, family(root))) for name, root in self._roots.items()}
        times = os.times()
        return {**spent, LOAD: times.user + times.system}


def family(root: psutil.Process) -> list[psutil.Process]:
    """Return a process and its descendants."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return [root, *root.children(recursive=True)]
    return []


def megabytes(pids: Mapping[str, int]) -> dict[str, float]:
    """Return the proportional set size (PSS) of named processes with their descendants, in MB."""
    return {name: _pss(family(psutil.Process(pid))) / 1e6 for name, pid in pids.items()}


def _pss(processes: Iterable[psutil.Process]) -> float:
    total = 0.0
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().pss
    return total


def _spent(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)
    return 0.0
