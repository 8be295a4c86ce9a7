"""What `orderly up` was asked for."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class StackOptions:
    """The flags of `orderly up`; port 0 means any free one.

    `database_url` and `temporal_address` name real servers to use in place of embedded ones.
    """

    data_dir: Path
    host: str
    api_port: int
    temporal_port: int
    temporal_ui_port: int
    sandbox_port: int
    separate_worker: bool = False
    database_url: str | None = None
    temporal_address: str | None = None
    temporal_ui_url: str | None = None
