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


def test_the_client_buys_a_label_and_undoes_it(api: Api, tmp_path: Path) -> None:
    api.account("fedex")
    process = run_client(api, api.order()["id"], tmp_path)

    assert process.returncode == 0, process.stderr
    assert process.stdout.startswith("bought ")
    assert "saved label.pdf\n" in process.stdout
    assert process.stdout.endswith("undone: voided\n")
    assert (tmp_path / "label.pdf").read_bytes().startswith(b"%PDF-")


def test_the_client_waits_for_a_slow_undo(api: Api, tmp_path: Path) -> None:
    """The undo's answer is 202 without steps, so the client polls."""
    api.account("fedex")
    api.sandbox.script("labels.void", "slow:12")
    process = run_client(api, api.order()["id"], tmp_path)

    assert process.returncode == 0, process.stderr
    assert process.stdout.endswith("undone: voided\n")


def test_the_client_undoes_a_label_without_document_and_price(api: Api, tmp_path: Path) -> None:
    """FedEx sends both only in the answer to the purchase, which is lost here."""
    api.account("fedex")
    api.sandbox.script("labels.create", "accept_then_drop")
    process = run_client(api, api.order()["id"], tmp_path)

    assert process.returncode == 0, process.stderr
    assert "did not report\nno document: " in process.stdout
    assert process.stdout.endswith("undone: voided\n")
    assert not (tmp_path / "label.pdf").exists()


def test_the_client_reports_a_rejected_call(api: Api, tmp_path: Path) -> None:
    process = run_client(api, str(uuid4()), tmp_path)

    assert process.returncode == 1
    assert "Refused: order_not_found" in process.stderr
