"""The banner's curl lines work when they are pasted into a shell."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from bootstrap.embedded.banner import format_banner, format_curl_lines
from bootstrap.embedded.folder import DataFolder
from bootstrap.embedded.stackfile import StackFile

STACK = StackFile(
    api_url="http://127.0.0.1:8080",
    api_key="ord_sk_secret",
    organization_id="0",
    temporal_address="127.0.0.1:7233",
    temporal_ui_url="http://127.0.0.1:8233",
    database_url="postgresql://postgres@/orderly?host=/x",
    sandbox_url="http://127.0.0.1:8090",
    pids={},
    demo={"order_id": "order-1", "carrier_account_id": "account-1", "bridge_id": "bridge-1"},
)
# A fake curl: it answers like the API, and writes its arguments to a file, one on each line.
FAKE_CURL = 'curl() { echo \'{"data": {"id": "op-1"}}\'; printf "%s\\n" "$@" >> "$ARGUMENTS"; }; '


def run_line(line: str, arguments: Path) -> list[str]:
    arguments.unlink(missing_ok=True)
    script = f"export ARGUMENTS='{arguments}'; {FAKE_CURL}{line}"
    subprocess.run(["bash", "-euc", script], check=True, capture_output=True, timeout=30)
    return arguments.read_text().splitlines()


@pytest.mark.parametrize("name", ["data", "with space", "with'quote"])
def test_the_lines_can_be_pasted_into_separate_shells(tmp_path: Path, name: str) -> None:
    folder = DataFolder(tmp_path / name)
    folder.create()
    arguments = tmp_path / "arguments"
    create, execute, undo = (run_line(line, arguments) for line in format_curl_lines(STACK, folder))
    assert "http://127.0.0.1:8080/api/operations" in create
    body = json.loads(create[create.index("-d") + 1])
    assert body["order_id"] == "order-1"
    assert body["input"]["carrier_account_id"] == "account-1"
    assert "http://127.0.0.1:8080/api/operations/op-1/execute" in execute
    assert "Prefer: wait=10" in execute
    assert "http://127.0.0.1:8080/api/operations/op-1/undo" in undo
    assert all("Authorization: Bearer ord_sk_secret" in words for words in (create, execute, undo))


def test_the_banner_does_not_break_lines(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    lines = format_banner(STACK, folder).splitlines()
    assert [line for line in lines if line.startswith("curl ")] == format_curl_lines(STACK, folder)


def test_the_banner_sets_the_variables_of_the_documentation(tmp_path: Path) -> None:
    lines = format_banner(STACK, DataFolder(tmp_path)).splitlines()
    export = "export API=http://127.0.0.1:8080 KEY=ord_sk_secret ORDER=order-1 SANDBOX=http://127.0.0.1:8090"
    assert export in lines


def test_the_banner_explains_a_missing_temporal_ui(tmp_path: Path) -> None:
    assert "ORDERLY_TEMPORAL_UI_URL" in format_banner(replace(STACK, temporal_ui_url=None), DataFolder(tmp_path))
