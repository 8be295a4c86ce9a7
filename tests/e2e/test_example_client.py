"""The example client in docs/examples/client runs against a real stack."""

import subprocess
import sys
from pathlib import Path
from uuid import uuid4

from tests.fixtures.api import Api
from tests.fixtures.stack import PROJECT

SCRIPT = PROJECT / "docs" / "examples" / "client" / "buy_label.py"


def run_client(api: Api, order_id: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(SCRIPT), order_id],
        cwd=folder,
        env={"API": api.url, "KEY": api.key},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_buys_a_label_and_undoes_it(api: Api, tmp_path: Path) -> None:
    api.account("fedex")
    ended = run_client(api, api.order()["id"], tmp_path)

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("bought ")
    assert ended.stdout.endswith("undone: voided\n")
    assert (tmp_path / "label.pdf").read_bytes().startswith(b"%PDF-")


def test_it_reports_a_refused_call(api: Api, tmp_path: Path) -> None:
    ended = run_client(api, str(uuid4()), tmp_path)

    assert ended.returncode == 1
    assert "Refused: order_not_found" in ended.stderr
