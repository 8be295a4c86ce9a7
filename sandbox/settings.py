"""What a sandbox is started with."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """Where the sandbox listens, where its store is, and how far away it plays to be.

    Attributes:
        data_dir: folder of the store; made if it is missing.
        host: address to listen on.
        port: port to listen on; 0 takes any free one.
        latency_seconds: added to each carrier and channel call before it is looked at.
    """

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 8090
    latency_seconds: float = 0.0
