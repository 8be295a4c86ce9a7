"""`stack.json`: the addresses of a running stack. The file exists exactly while the stack is up."""

import json
from dataclasses import asdict, dataclass

from bootstrap.embedded.folder import DataFolder, write_private


@dataclass(frozen=True)
class Demo:
    """The demo data of a first start, as stored in `demo.json`."""

    organization_id: str
    api_key: str
    order_id: str
    carrier_account_id: str
    bridge_id: str


@dataclass(frozen=True)
class StackFile:
    """The content of `stack.json`; the pid of a real server is None."""

    api_url: str
    api_key: str
    organization_id: str
    temporal_address: str
    temporal_ui_url: str | None
    database_url: str
    sandbox_url: str
    pids: dict[str, int | None]
    demo: dict[str, str]

    def write(self, folder: DataFolder) -> None:
        write_private(folder.stack_file, json.dumps(asdict(self), indent=2) + "\n")


def read_demo(folder: DataFolder) -> Demo | None:
    """Return the demo data of an earlier start; None before the first."""
    if not folder.demo_file.exists():
        return None
    return Demo(**json.loads(folder.demo_file.read_text()))


def write_demo(folder: DataFolder, demo: Demo) -> None:
    """Write the demo data, which includes the key, readable by its owner only."""
    write_private(folder.demo_file, json.dumps(asdict(demo), indent=2) + "\n")
