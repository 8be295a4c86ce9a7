"""Settings of a sandbox."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """The sandbox's address, its store and its latency.

    Attributes:
        data_dir: folder of the store; created if it is missing.
        host: address to listen on.
        port: port to listen on; 0 takes any free one.
        latency_seconds: delay of each carrier and channel call before it is processed.
    """

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 8090
    latency_seconds: float = 0.0
