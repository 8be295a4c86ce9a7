"""The embedded stack survives what happens to it, and leaves nothing behind."""

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
    """A stack that the test starts itself."""
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


def lasting(info: dict[str, Any]) -> dict[str, Any]:
    return {key: info[key] for key in LASTING}


def test_a_first_start_tells_where_everything_is(stack: Stack) -> None:
    """stack.json has exactly its keys, is private, and what it names is there."""
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
def test_a_stop_is_clean_and_quick(stack: Stack, number: signal.Signals) -> None:
    """Under 5 s, exit code 0, no process and no stack.json left."""
    stack.start().wait_ready()
    family = stack.family()
    assert len(family) > 5
    assert stack.stop(number) < 5
    assert stack.process is not None
    assert stack.process.returncode == 0, stack.read_output()
    assert still_running(family) == []
    assert not (stack.data_dir / "stack.json").exists()


def test_a_stop_is_quick_in_the_middle_of_a_call(stack: Stack) -> None:
    """A carrier that does not answer is waited for a moment; a client that waits is told that it goes on."""
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


def test_a_stop_while_it_starts_leaves_nothing(stack: Stack) -> None:
    """A Ctrl-C half way through the first start is as clean; the next start works."""
    stack.start()
    wait_until(lambda: "postgres" in stack.names(), 30, stack.read_output)
    family = stack.family()
    assert stack.stop() < 5
    wait_until(lambda: still_running(family) == [], 2)
    stack.start().wait_ready()


def test_a_second_start_is_quick_and_has_the_same_data(stack: Stack) -> None:
    """Under 10 s, with the same ids, key and addresses."""
    first = stack.start().wait_ready()
    stack.stop()
    begun = time.monotonic()
    second = stack.start().wait_ready()
    assert time.monotonic() - begun < 10
    assert lasting(second) == lasting(first)


@pytest.mark.parametrize("name", ["postgres", "temporal", "sandbox", "api"])
def test_a_killed_process_comes_back(lasting_stack: Stack, name: str) -> None:
    """Under its old address, with a new pid in stack.json."""
    before = lasting_stack.info
    psutil.Process(before["pids"][name]).kill()
    wait_until(lambda: lasting_stack.info["pids"][name] != before["pids"][name], 20, lasting_stack.read_output)
    wait_until(lasting_stack.is_ready, 30, lasting_stack.read_output)
    after = lasting_stack.info
    assert psutil.pid_exists(after["pids"][name])
    assert lasting(after) == lasting(before)
    wait_until(lambda: accepts(after["temporal_address"]), 20)
    wait_until(lambda: accepts(after["sandbox_url"].removeprefix("http://")), 20)


def test_temporal_keeps_runs_and_knows_their_attributes(lasting_stack: Stack) -> None:
    """Closed runs stay for 90 days, where a new namespace keeps them for one; still so after the restarts above."""
    told = temporal(lasting_stack, "namespace", "describe", "--namespace", "default")
    assert re.search(r"RetentionTtl\s+2160h0m0s", told), told
    told = temporal(lasting_stack, "search-attribute", "list")
    for name in SEARCH_ATTRIBUTES:
        assert re.search(rf"{name}\s+Keyword", told), told


def test_the_worker_of_its_own_is_restarted(stack: Stack) -> None:
    """With --separate-worker the worker has its own pid, and comes back."""
    pids = stack.start("--separate-worker").wait_ready()["pids"]
    assert pids["worker"] != pids["api"]
    psutil.Process(pids["worker"]).kill()
    wait_until(lambda: stack.info["pids"]["worker"] != pids["worker"], 20, stack.read_output)
    assert stack.info["pids"]["api"] == pids["api"]


@pytest.mark.skipif("sys.platform != 'linux'", reason="the kernel's death signal is Linux's")
def test_killing_the_stack_itself_takes_all_with_it(stack: Stack) -> None:
    """Nothing outlives `orderly up`, and the next start is healthy with the same data."""
    first = stack.start().wait_ready()
    family = stack.family()
    assert stack.process is not None
    stack.process.kill()
    stack.process.wait(5)
    wait_until(lambda: still_running(family) == [], 5, lambda: str(still_running(family)))
    assert lasting(stack.start().wait_ready()) == lasting(first)


def test_killing_everything_loses_nothing(stack: Stack) -> None:
    """kill -9 of every process, as in a power cut: the next start is healthy with the same data."""
    first = stack.start().wait_ready()
    stack.kill()
    assert lasting(stack.start().wait_ready()) == lasting(first)


def test_real_servers_are_used_where_they_are_named(lasting_stack: Stack, stack: Stack) -> None:
    """With DATABASE_URL and TEMPORAL_ADDRESS set, neither is started: their pids are null."""
    servers = lasting_stack.info
    env = {"DATABASE_URL": servers["database_url"], "TEMPORAL_ADDRESS": servers["temporal_address"]}
    info = stack.start(env=env).wait_ready()
    assert (info["pids"]["postgres"], info["pids"]["temporal"], info["temporal_ui_url"]) == (None, None, None)
    assert (info["database_url"], info["temporal_address"]) == (servers["database_url"], servers["temporal_address"])
    assert stack.stop() < 5
    assert lasting_stack.is_ready()


def test_a_port_in_use_is_named_with_its_flag(stack: Stack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = stack.refusal("--sandbox-port", str(port))
    assert code == 2
    assert re.fullmatch(rf"orderly: port {port} is in use: .*--sandbox-port.*\n", said)


def test_a_second_stack_on_the_same_folder_is_refused(lasting_stack: Stack) -> None:
    """In one line that names the first; which goes on undisturbed."""
    before = lasting_stack.info
    assert lasting_stack.process is not None
    ran = run_up("up", "--data-dir", str(lasting_stack.data_dir), "--api-port", "0")
    assert ran.returncode == 2
    assert re.fullmatch(rf"orderly: another orderly up \(pid {lasting_stack.process.pid}\) uses .*\n", ran.stderr)
    assert lasting_stack.info == before


def test_its_own_database_is_no_real_server(stack: Stack) -> None:
    """Copied from stack.json into the shell, and still there at the next start: it is not running yet."""
    info = stack.start().wait_ready()
    stack.stop()
    code, said = stack.refusal(env={"DATABASE_URL": info["database_url"]})
    assert code == 2
    assert said.startswith("orderly: DATABASE_URL leads to this stack's own database")


def test_a_folder_of_another_postgres_is_refused(stack: Stack) -> None:
    (stack.data_dir / "postgres").mkdir(parents=True)
    (stack.data_dir / "postgres" / "PG_VERSION").write_text("14\n")
    code, said = stack.refusal()
    assert code == 2
    assert re.fullmatch(
        r"orderly: .* was created by PostgreSQL 14, but PostgreSQL \d+ is installed: .*--data-dir.*\n", said
    )


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = run_up("up", "--data-dir", str(tmp_path / "file" / "data"))
    assert ran.returncode == 2
    assert re.fullmatch(r"orderly: can't write the data folder .*--data-dir\n", ran.stderr)


def test_the_banner_lines_buy_and_undo_a_label(lasting_stack: Stack) -> None:
    """The three curl lines, pasted one by one into shells of their own."""
    lines = [line for line in lasting_stack.output.read_text().splitlines() if line.startswith("curl ")]
    assert len(lines) == 3
    answers = [shell(line) for line in lines]
    assert '"pending"' in answers[0]
    assert '"completed"' in answers[1]
    assert '"undone"' in answers[2]


def temporal(stack: Stack, *arguments: str) -> str:
    address = ("--address", stack.info["temporal_address"])
    ran = subprocess.run(
        [str(find_binary()), "operator", *arguments, *address], capture_output=True, text=True, timeout=30, check=True
    )
    return ran.stdout


def shell(line: str) -> str:
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60, check=True).stdout


def accepts(address: str) -> bool:
    host, port = address.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True
