"""Commands send the calls that the API documents."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from bootstrap.cli.main import main
from tests.unit.client.commands import OPERATION, FakeApi, data, page

ACCOUNT: dict[str, Any] = {
    "id": "a",
    "carrier": "fedex",
    "name": "Main",
    "mode": "live",
    "status": "paused",
    "pause": None,
}


def test_create_sends_the_input() -> None:
    api = FakeApi(data(OPERATION, 201))

    result = api.run(
        "operations", "create", "create_shipment", "--order-id", "o", "--input", "-", "--execute", "--wait", "9",
        "--metadata", "channel=web=1", stdin='{"carrier": "fedex"}',
    )  # fmt: skip

    assert result.exit_code == 0, result.output
    assert api.bodies() == [
        {
            "type": "create_shipment",
            "order_id": "o",
            "input": {"carrier": "fedex"},
            "execute": True,
            "metadata": {"channel": "web=1"},
        }
    ]
    assert api.requests[0].headers["Prefer"] == "wait=9"


@pytest.mark.parametrize(
    "arguments",
    [
        ("operations", "create", "x", "--input", "{"),
        ("operations", "create", "x", "--input", "@/missing"),
        ("operations", "create", "x", "--metadata", "nothing"),
        ("operations", "list", "--limit", "0"),
        ("webhooks", "replay", "e"),
        ("webhooks", "replay", "e", "--event", "a", "--failed"),
        ("webhooks", "replay", "e", "--event", "a", "--dry-run"),
    ],
)
def test_wrong_usage_sends_nothing(arguments: tuple[str, ...]) -> None:
    assert FakeApi().run(*arguments).exit_code == 2


def test_resolve_sends_the_report() -> None:
    api = FakeApi(data(OPERATION))

    api.run("operations", "resolve", "x", "--outcome", "happened", "--reason", "seen", "--result", "tracking_number=1")

    expected = {"outcome": "happened", "reason": "seen", "force": False, "result": {"tracking_number": "1"}}
    assert api.bodies() == [expected]


def test_resolve_lists_the_numbers_of_several_parcels() -> None:
    api = FakeApi(data(OPERATION))

    api.run("operations", "resolve", "x", "--outcome", "happened", "--reason", "r", "--result", "tracking_numbers=1,2")

    assert api.bodies()[0]["result"] == {"tracking_numbers": ["1", "2"]}


def test_a_label_is_saved_unchanged(tmp_path: Path) -> None:
    document, file = b"%PDF\x00\xff\r\n", tmp_path / "label.pdf"
    answers = [httpx.Response(200, content=document) for _ in range(2)]
    api = FakeApi(*answers)

    assert api.run("shipments", "label", "s", "-o", str(file)).exit_code == 0
    assert file.read_bytes() == document
    assert api.run("shipments", "label", "s").stdout_bytes == document
    assert api.requests[0].headers["Accept"] == "application/octet-stream"


@pytest.mark.parametrize(("group", "path"), [("accounts", "carrier-accounts"), ("bridges", "bridges")])
def test_pause_needs_a_reason(group: str, path: str) -> None:
    api = FakeApi(data(ACCOUNT))

    assert api.run(group, "pause", "a").exit_code == 2
    assert api.run(group, "pause", "a", "--reason", "stocktaking").exit_code == 0
    assert api.requests[0].url.path == f"/api/{path}/a/pause"
    assert api.bodies() == [{"reason": "stocktaking"}]


def test_accounts_are_tested() -> None:
    api = FakeApi(data({"carrier_account_id": "a", "message": "accepted"}))

    assert api.run("accounts", "test", "a").stdout == "a\taccepted\n"
    assert (api.requests[0].method, api.requests[0].url.path) == ("POST", "/api/carrier-accounts/a/test")


def test_a_replay_by_filter_counts_and_asks_first() -> None:
    api = FakeApi(data({"count": 3}), data({"count": 3}), data({"count": 3}))

    refused = api.run("webhooks", "replay", "e", "--failed")
    done = api.run("webhooks", "replay", "e", "--failed", "--yes")

    assert (refused.exit_code, done.exit_code) == (2, 0)
    assert "Send 3 events again? Confirm with --yes." in refused.stderr
    count: dict[str, Any] = {"filter": {"state": "failed"}, "dry_run": True}
    assert api.bodies() == [count, count, {"filter": {"state": "failed"}, "expected_count": 3}]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shell: str) -> None:
    assert "_ORDERLY_COMPLETE" in FakeApi().run("completion", shell).stdout


def test_empty_lists_are_empty() -> None:
    for command in (("orders",), ("shipments",), ("accounts",), ("bridges",), ("webhooks",), ("events",)):
        result = FakeApi(page([])).run(*command, "list")
        assert (result.exit_code, result.stdout) == (0, ""), result.output


def test_every_command_of_the_client_has_json() -> None:
    """Except `completion`, which prints a script, and changes of profiles."""
    for name in ("operations", "orders", "shipments", "accounts", "bridges", "webhooks", "events"):
        for command in main.commands[name].commands.values():  # type: ignore[attr-defined]  # each is a group
            flags = {flag for parameter in command.params for flag in parameter.opts}
            assert "--json" in flags or command.name == "check", (name, command.name)
