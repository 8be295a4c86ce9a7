"""Operations survive a Temporal that loses its last seconds or its whole store, and a terminated run."""

import contextlib
import shutil
import signal
import subprocess
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bootstrap.embedded.ports import LOOPBACK, PortRequest, choose_ports
from bootstrap.embedded.temporal import find_binary
from tests.e2e.test_outages import stop_process
from tests.fixtures.api import LABEL, Api
from tests.fixtures.builders import Json
from tests.fixtures.stack import Stack, wait_until

OPERATIONS = "/api/operations"
SETTLES = 110.0
"""Seconds; the reconciler finds a lost run within 20 s of Temporal's return, and a stuck run within 90 s."""


@pytest.fixture(scope="module")
def metrics_url() -> str:
    port = choose_ports([PortRequest("port", LOOPBACK, 0)], {})["port"]
    return f"http://{LOOPBACK}:{port}/metrics"


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory, metrics_url: str) -> Iterator[Stack]:
    """A stack with metrics, whose Temporal store the tests change."""
    port = metrics_url.rpartition(":")[2].partition("/")[0]
    stack = Stack(tmp_path_factory.mktemp("lost") / "data").start(env={"ORDERLY_METRICS_PORT": port})
    try:
        stack.wait_ready()
        yield stack
    finally:
        stack.kill()


@pytest.fixture
def api(own_stack: Stack) -> Iterator[Api]:
    """The stack's organization."""
    api = Api(own_stack.info, own_stack.info["api_key"])
    yield api
    _answers_after(api, 0)
    api.sandbox.clear()
    api.close()


def _answers_after(api: Api, seconds: float) -> None:
    answer = api.sandbox.http.post("/_sandbox/channel", json={"answer_after_seconds": seconds})
    answer.raise_for_status()


def _execute(api: Api, operation: Json) -> str:
    assert api.http.post(f"{OPERATIONS}/{operation['id']}/execute").status_code == 202
    return str(operation["id"])


def _undo(api: Api, ident: str) -> None:
    answer = api.http.post(f"{OPERATIONS}/{ident}/undo", headers={"Prefer": "wait=0"})
    assert answer.status_code in (200, 202), answer.text


class Load:
    """Executions, waiting pushes and undos in progress, with the expected status of each."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._before = {label["label_id"] for label in api.sandbox.labels()}
        self._bridge = api.bridge()["id"]
        self._account = api.account(read_timeout_seconds=2)["id"]
        self._finished = [api.done(self._label())["id"] for _ in range(6)]
        self.expected: dict[str, str] = {}
        self.waiting = ""

    def _label(self) -> Json:
        return self._api.label(carrier_account_id=self._account)

    def begin(self) -> None:
        """Start some of each without waiting."""
        for _ in range(3):
            self.expected[_execute(self._api, self._label())] = "completed"
            ident = self._finished.pop()
            _undo(self._api, ident)
            self.expected[ident] = "undone"
        order = self._api.order()["id"]
        fields = {"carrier_account_id": self._account, "service": LABEL["service"], "bridge_id": self._bridge}
        self.waiting = _execute(self._api, self._api.create("fulfill_order", order, **fields))
        self.expected[self.waiting] = "completed"

    def wait_for_channel(self) -> None:
        """Wait until a run waits for its channel, so that Temporal surely knows an open run."""
        self._api.until(self.waiting, lambda operation: "step.waiting" in [log["event"] for log in operation["logs"]])

    def wait_until_settled(self) -> None:
        """Wait until every operation has its expected status, and compare with the carrier's labels."""
        for ident, status in self.expected.items():
            self._api.until(ident, lambda operation, status=status: operation["status"] == status, timeout=SETTLES)  # type: ignore[misc]
            assert self._api.get(ident)["attention"] is None
        labels = [label for label in self._api.sandbox.labels() if label["label_id"] not in self._before]
        assert max(Counter(label["reference"] for label in labels).values()) == 1
        assert len(labels) == len(self.expected) + len(self._finished)
        live = sum(label["status"] == "live" for label in labels)
        assert live == sum(status == "completed" for status in self.expected.values()) + len(self._finished)


def _store(stack: Stack) -> Path:
    return stack.data_dir / "temporal"


def _change_store(stack: Stack, change: Callable[[Path], None]) -> None:
    """Kill Temporal, change its store, and let the stack restart it."""
    assert stack.process is not None
    old = stack.info["pids"]["temporal"]
    stack.process.send_signal(signal.SIGSTOP)
    try:
        server = psutil.Process(old)
        server.kill()
        with contextlib.suppress(psutil.TimeoutExpired):
            server.wait(1)  # its parent is stopped, so it stays as a zombie
        change(_store(stack))
    finally:
        stack.process.send_signal(signal.SIGCONT)
    wait_until(lambda: stack.info["pids"]["temporal"] != old, 30, stack.read_output)


def _delete_store_files(store: Path) -> None:
    found = list(store.glob("temporal.db*"))
    assert found
    for path in found:
        path.unlink()


@pytest.mark.timeout(180)
def test_temporal_loses_its_last_seconds(own_stack: Stack, api: Api, tmp_path: Path) -> None:
    """Operations started before and after the restored copy end exactly once."""
    _answers_after(api, 4)
    load = Load(api)
    load.begin()
    with stop_process(own_stack, "temporal"):
        for path in _store(own_stack).glob("temporal.db*"):
            shutil.copy(path, tmp_path / path.name)
    load.begin()

    def restore(store: Path) -> None:
        _delete_store_files(store)
        for path in tmp_path.iterdir():
            shutil.copy(path, store / path.name)

    _change_store(own_stack, restore)
    load.wait_until_settled()


def test_temporal_loses_its_store(own_stack: Stack, api: Api, metrics_url: str) -> None:
    """Every open operation continues in a new run, and the metric counts the drift."""
    _answers_after(api, 10)
    load = Load(api)
    load.begin()
    load.wait_for_channel()
    _change_store(own_stack, _delete_store_files)
    load.wait_until_settled()
    assert _drift(metrics_url, "forgotten") >= 1


def test_a_run_terminated_by_the_command_line(own_stack: Stack, api: Api, metrics_url: str) -> None:
    """With default settings the operation is rolled back within a minute, and the metric counts the drift."""
    _answers_after(api, 600)
    account, bridge = api.account(read_timeout_seconds=2)["id"], api.bridge()["id"]
    fields = {"carrier_account_id": account, "service": LABEL["service"], "bridge_id": bridge}
    ident = _execute(api, api.create("fulfill_order", api.order()["id"], **fields))
    api.until(ident, lambda operation: "step.waiting" in [log["event"] for log in operation["logs"]])
    command = [str(find_binary()), "workflow", "terminate", "--workflow-id", f"operation-{ident}"]
    flags = ["--reason", "by hand", "--address", own_stack.info["temporal_address"]]
    subprocess.run([*command, *flags], check=True, capture_output=True)
    started = datetime.now(UTC)
    found = api.until(ident, lambda operation: operation["status"] == "failed", timeout=60)
    assert datetime.fromisoformat(found["completed_at"]) - started < timedelta(minutes=1)
    assert (found["error"]["code"], found["error"]["rolled_back"]) == ("terminated_by_operator", True)
    assert found["attention"] is None
    assert _drift(metrics_url, "terminated") == 1


def _drift(url: str, kind: str) -> float:
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 (the stack's own URL)
        text = answer.read().decode()
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "orderly_drift_total" and sample.labels["kind"] == kind
    )


def test_no_operation_needs_attention(api: Api) -> None:
    """After the previous tests no operation needs attention."""
    assert api.http.get(OPERATIONS, params={"attention": "true"}).json()["data"] == []
