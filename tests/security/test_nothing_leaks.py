"""A full run leaves its secrets and addresses only in the expected places: the tests search all of its output."""

import asyncio
import json
import stat
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from threading import Thread

import httpx
import pytest

from bootstrap.embedded.ports import LOOPBACK, PortRequest, choose_ports
from tests.fixtures.api import Api, new_organization
from tests.fixtures.stack import Stack
from tests.security.leak_run import PEOPLE, SECRETS, Echo, LeakRun, run_everything
from tests.security.secret_search import dump_tables, find_places, read_command_lines, read_files, read_histories

EXCLUDED_FILES = ("encryption.key", "stack.json", "demo.json")


@pytest.fixture(scope="module")
def echo_url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def leak_run(tmp_path_factory: pytest.TempPathFactory, echo_url: str) -> Iterator[LeakRun]:
    """A finished run with everything that it left behind."""
    port = choose_ports([PortRequest("port", LOOPBACK, 0)], {})["port"]
    stack = Stack(tmp_path_factory.mktemp("leaks") / "data")
    stack.start("--separate-worker", env={"ORDERLY_METRICS_PORT": str(port)})
    try:
        info = stack.wait_ready()
        found = LeakRun(stack, stack_json=(stack.data_dir / "stack.json").read_text())
        key = asyncio.run(new_organization(info["database_url"], "Marked"))
        found.keys.append(key)
        api = Api(info, key)
        api.http.event_hooks = {"response": [found.collect]}
        run_everything(api, found, echo_url)
        api.close()
        found.places = {
            "answers": found.responses,
            "metrics": httpx.get(f"http://{LOOPBACK}:{port}/metrics").content,
            **dump_tables(info["database_url"]),
            **asyncio.run(read_histories(info["temporal_address"], info["database_url"])),
            **read_command_lines(stack.family()),
        }
        stack.stop()
        found.places |= read_files(stack.data_dir, *EXCLUDED_FILES)
        found.places |= {"stdout": stack.output.read_bytes(), "stderr": stack.errors.read_bytes()}
        yield found
    finally:
        stack.kill()


def select(leak_run: LeakRun, *kinds: str) -> dict[str, bytes]:
    return {name: content for name, content in leak_run.places.items() if name.startswith(kinds)}


READABLE_BY_OPERATORS = ("metrics", "file logs", "stdout", "stderr", "process", "workflow", "file temporal")
"""Places that operators can read: logs, metrics, process lists and the Temporal UI."""


def test_every_place_is_searched(leak_run: LeakRun) -> None:
    """The search finds an expected text in each place, so that a missing secret proves something."""
    expected = {
        "answers": leak_run.tracking_number,
        "table orders": PEOPLE["Hidden-Harbor"],
        "table carrier_accounts": PEOPLE["Warehouse-Secret"],
        "table shipment_documents": "%PDF-1.",
        f"workflow operation-{leak_run.ids[0]}": leak_run.tracking_number,
        "file temporal": leak_run.tracking_number,
        "file postgres": PEOPLE["Firma"],
        "file sandbox": PEOPLE["Käufer"],
        "file logs": "bootstrap",
        "stdout": "Orderly is ready",
        "process": "bootstrap.embedded.service",
        "metrics": "orderly_operations",
    }
    for place, text in expected.items():
        assert find_places(text, select(leak_run, place)), place
    assert len(select(leak_run, "workflow")) > 15
    assert len(select(leak_run, "table")) > 12
    assert len(select(leak_run, "process")) > 5
    for name in ("api", "worker", "postgres", "temporal", "sandbox"):
        assert select(leak_run, f"file logs/{name}"), name


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_no_place_contains_a_credential(leak_run: LeakRun, name: str) -> None:
    """No answer, log, workflow, table, file or command line contains a credential, nor do PostgreSQL's files."""
    assert find_places(SECRETS[name], leak_run.places) == set()


def test_a_credential_in_a_carriers_error_is_masked(leak_run: LeakRun) -> None:
    """The mask also applies to error codes, which workflow histories contain."""
    assert find_places("[secret]", select(leak_run, "table operations"))


def test_no_place_contains_an_api_key(leak_run: LeakRun) -> None:
    """Only the response to a key's creation contains its secret, and its replay does not."""
    assert len(leak_run.keys) == 2
    for key in leak_run.keys:
        assert find_places(key, leak_run.places) == set()


@pytest.mark.parametrize("name", sorted(PEOPLE))
def test_operators_see_no_address(leak_run: LeakRun, name: str) -> None:
    """Logs, workflows, Temporal's files and command lines contain no name, street, mail address or phone number."""
    assert find_places(PEOPLE[name], select(leak_run, *READABLE_BY_OPERATORS)) == set()


def test_the_demo_key_and_the_encryption_key_stay_in_their_files(leak_run: LeakRun) -> None:
    """Only the owner can read the three files that contain them; the terminal also shows the demo's key."""
    folder = leak_run.stack.data_dir
    stack_info = json.loads(leak_run.stack_json)
    encryption_key = (folder / "encryption.key").read_text().strip()

    assert find_places(stack_info["api_key"], leak_run.places) == {"stdout"}
    assert find_places(encryption_key, leak_run.places) == set()
    assert set(stack_info) == {
        "api_url", "api_key", "organization_id", "temporal_address", "temporal_ui_url", "database_url", "sandbox_url",
        "pids", "demo",
    }  # fmt: skip
    assert find_places(encryption_key, {"stack.json": leak_run.stack_json.encode()}) == set()
    assert [name for name in SECRETS.values() if name in leak_run.stack_json] == []
    assert json.loads((folder / "demo.json").read_text())["api_key"] == stack_info["api_key"]
    for name in ("encryption.key", "demo.json"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert folder.stat().st_mode & 0o066 == 0, "Postgres' own user may pass through, where that is another one"


def test_only_the_owner_can_read_stack_json(running_stack: Stack) -> None:
    """Only the owner can read stack.json, which contains the demo's key."""
    assert stat.S_IMODE((running_stack.data_dir / "stack.json").stat().st_mode) == 0o600
