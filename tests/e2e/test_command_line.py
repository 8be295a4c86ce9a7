"""The commands that call the API, as processes against a running stack."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.api import Api, data
from tests.fixtures.stack import PROJECT, wait_until
from tests.unit.docs.pages import find_blocks

PAGE = "docs/howto/use-the-command-line.md"


@pytest.fixture
def env(api: Api) -> Mapping[str, str]:
    binaries = str(PROJECT / ".venv" / "bin")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("ORDERLY_")},
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "ORDERLY_API_URL": api.url,
        "ORDERLY_API_KEY": api.key,
    }


def run(env: Mapping[str, str], *arguments: str, code: int = 0) -> "subprocess.CompletedProcess[str]":
    ended = subprocess.run(["orderly", *arguments], env=env, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == code, f"{arguments}: {ended.returncode}\n{ended.stdout}{ended.stderr}"
    return ended


def items(ended: "subprocess.CompletedProcess[str]") -> list[Any]:
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_the_page_works_as_written(api: Api, env: Mapping[str, str], tmp_path: Path) -> None:
    """A small `jq` stands in for the real one, which may be missing."""
    blocks = "\n".join(find_blocks(PAGE, "sh"))
    jq = tmp_path / "jq"
    jq.write_text(JQ)
    jq.chmod(0o755)
    known = {"API": api.url, "KEY": api.key, "ORDER": api.info["demo"]["order_id"]}
    path = f"{tmp_path}{os.pathsep}{env['PATH']}"

    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", blocks],
        env={**env, **known, "PATH": path},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert (tmp_path / "label.pdf").read_bytes().startswith(b"%PDF")
    assert re.search(r"^[0-9a-f-]{36}\tcompleted$", ended.stdout, re.MULTILINE)
    assert "\tundone\t" in ended.stdout


JQ = """#!/usr/bin/env python3
import json, sys
for line in sys.stdin:
    row = json.loads(line)
    print(row["id"] if sys.argv[2] == ".id" else f"{row['id']}\\t{row['created_at']}")
"""


def test_a_failure_is_seen_and_refused_by_its_exit_code(api: Api, env: Mapping[str, str]) -> None:
    refused = run(env, "operations", "create", "create_shipment", "--input", '{"carrier": "none"}', code=5)
    assert "input.carrier" in refused.stderr
    run(env, "operations", "show", "00000000-0000-0000-0000-000000000000", code=4)
    run({**env, "ORDERLY_API_KEY": "ord_sk_wrong"}, "operations", "list", code=3)
    operation = api.label()

    run(env, "operations", "cancel", operation["id"])
    again = run(env, "operations", "cancel", operation["id"], "--json", code=5)

    assert json.loads(again.stderr)["error"]["code"] == "operation_not_pending"
    (found,) = items(run(env, "operations", "show", operation["id"], "--json"))
    assert found["status"] == "cancelled"


def test_accounts_are_paused_and_resumed(api: Api, env: Mapping[str, str]) -> None:
    account = next(row for row in items(run(env, "accounts", "list", "--json")) if row["carrier"] == "ups")

    run(env, "accounts", "pause", account["id"], "--reason", "stocktaking")
    (paused,) = items(run(env, "accounts", "show", account["id"], "--json"))
    run(env, "accounts", "resume", account["id"], "--reason", "done")

    assert (paused["status"], paused["status_reason"]) == ("paused", "stocktaking")
    assert data(api.http.get(f"/api/carrier-accounts/{account['id']}"))["status"] == "active"


def test_a_hostile_order_can_not_control_the_terminal(api: Api, env: Mapping[str, str]) -> None:
    order = api.order(order_number="1\u202e2", customer={"name": "a\u200bb"})

    shown = run(env, "orders", "list", "--limit", "1").stdout

    assert shown.split("\t")[0] == order["id"]
    assert "1\\u202e2" in shown
    assert "a\\u200bb" in shown


UNIGNORED = [
    sys.executable,
    "-c",
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])",
]
"""Starts a command that an interrupt ends, also if the tests run in the background of a shell, which ignores it."""


def test_tail_shows_new_events_and_ends_at_interrupt(api: Api, env: Mapping[str, str], tmp_path: Path) -> None:
    order = api.order()
    command = ["orderly", "events", "tail", "--subject", f"order:{order['id']}", "--json", "--cursor-file"]
    file = tmp_path / "cursor"
    with subprocess.Popen([*UNIGNORED, *command, str(file)], env=env, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            wait_until(file.exists, 30, "the stream is open")
            data(api.http.patch(f"/api/orders/{order['id']}", json={"status": "processing"}))
            event = json.loads(process.stdout.readline())
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 130
        finally:
            process.kill()

    assert (event["type"], event["subject"]["id"]) == ("order.status_changed", order["id"])
