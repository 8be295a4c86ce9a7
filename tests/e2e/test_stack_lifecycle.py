"""The embedded stack starts, restarts its processes, stops, and rejects bad settings."""

import re
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from bootstrap.embedded.temporal import SEARCH_ATTRIBUTES, find_binary
from tests.fixtures.api import Api
from tests.fixtures.stack import Stack, get_status, run_up, still_running, wait_until

pytestmark = pytest.mark.alone

KEYS = {
    "api_url", "api_key", "organization_id", "temporal_address", "temporal_ui_url", "database_url", "sandbox_url",
    "pids", "demo",
}  # fmt: skip
LASTING = ("api_url", "api_key", "organization_id", "temporal_address", "database_url", "sandbox_url", "demo")


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A stack that the test starts."""
    made = Stack(tmp_path / "data")
    yield made
    if made.process is not None:
        made.kill()


@pytest.fixture(scope="module")
def lasting_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One running stack whose processes the tests kill."""
    made = Stack(tmp_path_factory.mktemp("lasting") / "data").start()
    try:
        made.wait_ready()
        yield made
    finally:
        made.kill()


def select_lasting(info: dict[str, Any]) -> dict[str, Any]:
    return {key: info[key] for key in LASTING}


def test_the_first_start_writes_stack_json(stack: Stack) -> None:
    """stack.json has exactly the expected keys and mode 0600, and its pids and URLs are valid."""
    info = stack.start().wait_ready()
    assert set(info) == KEYS
    assert set(info["pids"]) == {"api", "worker", "postgres", "temporal", "sandbox"}
    assert set(info["demo"]) == {"order_id", "carrier_account_id", "bridge_id"}
    assert stat.S_IMODE((stack.data_dir / "stack.json").stat().st_mode) == 0o600
    assert info["pids"]["worker"] == info["pids"]["api"]
    assert all(psutil.pid_exists(pid) for pid in info["pids"].values())
    assert get_status(info["temporal_ui_url"]) == 200
    wait_until(lambda: "Ctrl-C" in stack.output.read_text(), 5, stack.read_output)
    assert info["api_key"] in stack.output.read_text()
    assert "Failed to convert value" not in (stack.data_dir / "logs" / "temporal.log").read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_is_fast_and_clean(stack: Stack, number: signal.Signals) -> None:
    """The stop takes less than 5 s, exits with 0, and leaves no process and no stack.json."""
    stack.start().wait_ready()
    family = stack.family()
    assert len(family) > 5
    assert stack.stop(number) < 5
    assert stack.process is not None
    assert stack.process.returncode == 0, stack.read_output()
    assert still_running(family) == []
    assert not (stack.data_dir / "stack.json").exists()


def test_a_stop_during_a_call_is_fast(stack: Stack) -> None:
    """The stop does not wait for the carrier, and a waiting client gets 202."""
    info = stack.start().wait_ready()
    api = Api(info, info["api_key"])
    api.sandbox.script("labels.create", "accept_then_stall")
    operation = api.label(carrier_account_id=api.account(read_timeout_seconds=30)["id"])
    with ThreadPoolExecutor(1) as waiting:
        path, headers = f"/api/operations/{operation['id']}/execute", {"Prefer": "wait=30"}
        answer = waiting.submit(api.http.post, path, headers=headers)
        wait_until(api.sandbox.labels, 20, stack.read_output)
        family = stack.family()
        assert stack.stop() < 5
        assert answer.result().status_code == 202
        assert answer.result().json()["data"]["status"] == "executing"
    api.close()
    assert still_running(family) == []


def test_a_stop_during_the_start_leaves_nothing(stack: Stack) -> None:
    """Ctrl-C during the first start leaves no process, and the next start works."""
    stack.start()
    wait_until(lambda: "postgres" in stack.names(), 30, stack.read_output)
    family = stack.family()
    assert stack.stop() < 5
    wait_until(lambda: still_running(family) == [], 2)
    stack.start().wait_ready()


def test_a_second_start_is_fast_and_keeps_the_data(stack: Stack) -> None:
    """The start takes less than 10 s and keeps ids, key and addresses.

    On a busy machine, one of three starts must be faster than the first one, which also creates the data.
    """
    began = time.monotonic()
    first = stack.start().wait_ready()
    limit, durations = max(10.0, time.monotonic() - began), list[float]()
    while len(durations) < 3 and min(durations, default=limit) >= limit:
        stack.stop()
        began = time.monotonic()
        again = stack.start().wait_ready()
        durations.append(time.monotonic() - began)
        assert select_lasting(again) == select_lasting(first)
    assert min(durations) < limit, durations


@pytest.mark.parametrize("name", ["postgres", "temporal", "sandbox", "api"])
def test_a_killed_process_is_restarted(lasting_stack: Stack, name: str) -> None:
    """The new process has the same address and a new pid in stack.json."""
    before = lasting_stack.info
    psutil.Process(before["pids"][name]).kill()
    wait_until(lambda: lasting_stack.info["pids"][name] != before["pids"][name], 20, lasting_stack.read_output)
    wait_until(lasting_stack.is_ready, 30, lasting_stack.read_output)
    after = lasting_stack.info
    assert psutil.pid_exists(after["pids"][name])
    assert select_lasting(after) == select_lasting(before)
    wait_until(lambda: accepts(after["temporal_address"]), 20)
    wait_until(lambda: accepts(after["sandbox_url"].removeprefix("http://")), 20)


def test_temporal_has_its_retention_and_search_attributes(lasting_stack: Stack) -> None:
    """The namespace keeps closed runs for 90 days, Temporal's default is one day; restarts do not change this."""
    output = temporal(lasting_stack, "namespace", "describe", "--namespace", "default")
    assert re.search(r"RetentionTtl\s+2160h0m0s", output), output
    output = temporal(lasting_stack, "search-attribute", "list")
    for name in SEARCH_ATTRIBUTES:
        assert re.search(rf"{name}\s+Keyword", output), output


def test_a_separate_worker_is_restarted(stack: Stack) -> None:
    """With --separate-worker the worker has its own pid, and the stack restarts it."""
    pids = stack.start("--separate-worker").wait_ready()["pids"]
    assert pids["worker"] != pids["api"]
    psutil.Process(pids["worker"]).kill()
    wait_until(lambda: stack.info["pids"]["worker"] != pids["worker"], 20, stack.read_output)
    assert stack.info["pids"]["api"] == pids["api"]


@pytest.mark.skipif("sys.platform != 'linux'", reason="the kernel's death signal is Linux's")
def test_killing_orderly_up_ends_all_processes(stack: Stack) -> None:
    """No process outlives `orderly up`, and the next start has the same data."""
    first = stack.start().wait_ready()
    family = stack.family()
    assert stack.process is not None
    stack.process.kill()
    stack.process.wait(5)
    wait_until(lambda: still_running(family) == [], 5, lambda: str(still_running(family)))
    assert select_lasting(stack.start().wait_ready()) == select_lasting(first)


def test_killing_everything_loses_nothing(stack: Stack) -> None:
    """After SIGKILL of every process the next start has the same data."""
    first = stack.start().wait_ready()
    stack.kill()
    assert select_lasting(stack.start().wait_ready()) == select_lasting(first)


def test_external_servers_are_used_if_configured(lasting_stack: Stack, stack: Stack) -> None:
    """With DATABASE_URL and TEMPORAL_ADDRESS set, the stack starts neither server: their pids are null."""
    servers = lasting_stack.info
    env = {"DATABASE_URL": servers["database_url"], "TEMPORAL_ADDRESS": servers["temporal_address"]}
    info = stack.start(env=env).wait_ready()
    assert (info["pids"]["postgres"], info["pids"]["temporal"], info["temporal_ui_url"]) == (None, None, None)
    assert (info["database_url"], info["temporal_address"]) == (servers["database_url"], servers["temporal_address"])
    assert stack.stop() < 5
    assert lasting_stack.is_ready()


def test_a_port_in_use_is_rejected_with_its_flag(stack: Stack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, output = stack.refusal("--sandbox-port", str(port))
    assert code == 2
    assert re.fullmatch(rf"orderly: port {port} is in use: .*--sandbox-port.*\n", output)


def test_a_second_stack_on_the_same_folder_is_rejected(lasting_stack: Stack) -> None:
    """The error is one line with the first stack's pid, and the first stack continues."""
    before = lasting_stack.info
    assert lasting_stack.process is not None
    process = run_up("up", "--data-dir", str(lasting_stack.data_dir), "--api-port", "0")
    assert process.returncode == 2
    assert re.fullmatch(rf"orderly: another orderly up \(pid {lasting_stack.process.pid}\) uses .*\n", process.stderr)
    assert lasting_stack.info == before


def test_a_stacks_own_database_is_rejected_as_external(stack: Stack) -> None:
    """A DATABASE_URL copied from stack.json names a server that does not run before the stack starts."""
    info = stack.start().wait_ready()
    stack.stop()
    code, output = stack.refusal(env={"DATABASE_URL": info["database_url"]})
    assert code == 2
    assert output.startswith("orderly: DATABASE_URL points to this stack's own database")


def test_a_data_folder_of_another_postgres_is_rejected(stack: Stack) -> None:
    (stack.data_dir / "postgres").mkdir(parents=True)
    (stack.data_dir / "postgres" / "PG_VERSION").write_text("14\n")
    code, output = stack.refusal()
    assert code == 2
    assert re.fullmatch(
        r"orderly: .* was created by PostgreSQL 14, but PostgreSQL \d+ is installed: .*--data-dir.*\n", output
    )


def test_a_data_folder_that_cannot_be_created_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    process = run_up("up", "--data-dir", str(tmp_path / "file" / "data"))
    assert process.returncode == 2
    assert re.fullmatch(r"orderly: can't write the data folder .*--data-dir\n", process.stderr)


def test_the_banner_lines_buy_and_undo_a_label(lasting_stack: Stack) -> None:
    """The banner's three curl lines work when pasted into separate shells."""
    lines = [line for line in lasting_stack.output.read_text().splitlines() if line.startswith("curl ")]
    assert len(lines) == 3
    answers = [shell(line) for line in lines]
    assert '"pending"' in answers[0]
    assert '"completed"' in answers[1]
    assert '"undone"' in answers[2]


def temporal(stack: Stack, *arguments: str) -> str:
    address = ("--address", stack.info["temporal_address"])
    process = subprocess.run(
        [str(find_binary()), "operator", *arguments, *address], capture_output=True, text=True, timeout=30, check=True
    )
    return process.stdout


def shell(line: str) -> str:
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60, check=True).stdout


def accepts(address: str) -> bool:
    host, port = address.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True
