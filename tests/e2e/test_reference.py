"""The examples of the API reference work in a shell, with their headers, methods and bodies."""

import json
import subprocess
from typing import Any
from uuid import uuid4

import pytest

from tests.fixtures.api import LABEL, Api, is_time, is_uuid
from tests.fixtures.stack import Stack

LISTED = {"id", "type", "status", "order_id", "input", "output", "executed_at", "created_at"}
WHOLE = LISTED | {"error", "logs", "undo", "attention", "workflow", "undo_at"}


def curl(api: Api, line: str) -> tuple[int, Any]:
    """Run an example in a shell with this stack's address and key; return status and body."""
    line = line.replace("https://api.orderly.dev", api.url).replace("ord_sk_...", api.key)
    line = line.replace("curl ", "curl -sS -w '\\n%{http_code}' ", 1)
    process = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60, check=True)
    body, _, status = process.stdout.rpartition("\n")
    return int(status), json.loads(body)


def test_list_operations(api: Api) -> None:
    """The list respects filter and limit, and `pagination` has exactly the reference's fields."""
    for _ in range(3):
        api.done(api.label())
    status, body = curl(
        api,
        'curl -X GET "https://api.orderly.dev/api/operations?status=completed&limit=50" '
        '-H "Authorization: Bearer ord_sk_..."',
    )
    assert status == 200
    assert set(body) == {"data", "pagination"}
    total = body["pagination"]["total"]
    assert body["pagination"] == {
        "page": 1,
        "limit": 50,
        "total": total,
        "totalPages": -(-total // 50),
        "hasMore": total > 50,
    }
    assert len(body["data"]) == min(total, 50) >= 3
    for operation in body["data"]:
        assert set(operation) >= LISTED
        assert operation["status"] == "completed"
        assert is_time(operation["created_at"])
        assert is_time(operation["executed_at"])
    newest = body["data"][0]
    assert newest["type"] == "create_shipment"
    assert is_uuid(newest["output"]["shipment_id"])
    assert newest["output"]["tracking_number"].isdigit()


def test_get_operation(api: Api) -> None:
    """The response has the input, the output, the log and a preview of the undo."""
    operation = api.done(api.label())
    status, body = curl(
        api,
        f'curl -X GET "https://api.orderly.dev/api/operations/{operation["id"]}" -H "Authorization: Bearer ord_sk_..."',
    )
    assert status == 200
    found = body["data"]
    assert set(found) >= WHOLE
    assert found["input"] == LABEL
    assert found["logs"][0]["event"] == "operation.created"
    assert all(is_time(entry["at"]) and entry["message"] for entry in found["logs"])
    assert found["undo"]["available"] is True
    assert found["undo"]["until"] is None, "ShipEngine tells no window"
    assert [step["step"] for step in found["undo"]["steps"]] == ["buy_label"]
    assert found["workflow"]["id"] == f"operation-{operation['id']}"
    assert found["error"] is None
    assert found["attention"] is None


@pytest.mark.parametrize(
    "inputs",
    [
        '{ "carrier_account_id": "%(account)s", "service": "GROUND_HOME_DELIVERY" }',
        '{ "carrier": "fedex", "service": "GROUND" }',
    ],
)
def test_create_operation(api: Api, inputs: str) -> None:
    """Both inputs of the reference work: an account, or a carrier, whose default account is used."""
    order_id = api.order()["id"]
    inputs = inputs % {"account": api.info["demo"]["carrier_account_id"]}
    status, body = curl(
        api,
        'curl -X POST "https://api.orderly.dev/api/operations" -H "Authorization: Bearer ord_sk_..." '
        '-H "Content-Type: application/json" '
        '-d \'{ "type": "create_shipment", "order_id": "' + order_id + '", "input": ' + inputs + " }'",
    )
    assert status == 201
    created = body["data"]
    assert set(created) >= LISTED
    assert is_uuid(created["id"])
    assert (created["type"], created["status"], created["order_id"]) == ("create_shipment", "pending", order_id)
    assert created["input"] == json.loads(inputs)
    assert created["output"] is None
    assert created["executed_at"] is None
    completed = api.done(created)
    assert completed["output"]["service"] == created["input"]["service"]
    assert completed["output"]["carrier_account_id"] == api.info["demo"]["carrier_account_id"]


def test_execute_operation(api: Api) -> None:
    """The call gets 202 with the status executing, and the operation completes later."""
    operation = api.label()
    status, body = curl(
        api,
        f'curl -X POST "https://api.orderly.dev/api/operations/{operation["id"]}/execute" '
        '-H "Authorization: Bearer ord_sk_..."',
    )
    assert status == 202
    started = body["data"]
    assert (started["id"], started["type"], started["status"]) == (operation["id"], "create_shipment", "executing")
    completed = api.until(operation["id"], lambda operation: operation["status"] != "executing")
    assert completed["status"] == "completed"
    assert is_time(completed["executed_at"])


def test_cancel_operation(api: Api) -> None:
    """A pending operation is cancelled without an execution."""
    operation = api.label()
    status, body = curl(
        api,
        f'curl -X POST "https://api.orderly.dev/api/operations/{operation["id"]}/cancel" '
        '-H "Authorization: Bearer ord_sk_..."',
    )
    assert status == 200
    assert (body["data"]["id"], body["data"]["status"]) == (operation["id"], "cancelled")
    assert api.get(operation["id"])["executed_at"] is None


def test_undo_operation(api: Api) -> None:
    """The call gets 200 with the time of the undo, and the carrier has voided the label."""
    operation = api.done(api.label())
    status, body = curl(
        api,
        f'curl -X POST "https://api.orderly.dev/api/operations/{operation["id"]}/undo" '
        '-H "Authorization: Bearer ord_sk_..."',
    )
    assert status == 200
    undone = body["data"]
    assert (undone["id"], undone["status"]) == (operation["id"], "undone")
    assert is_time(undone["undo_at"])
    tracking = operation["output"]["tracking_number"]
    assert [label["status"] for label in api.sandbox.labels() if label["tracking_number"] == tracking] == ["voided"]


def test_operations_can_be_filtered_by_every_status(api: Api) -> None:
    """A pending operation is found by its type, order and status, and by no other status."""
    operation = api.status_change()
    for status in ("pending", "executing", "completed", "failed", "cancelled", "undone"):
        query = f"status={status}&type=update_order_status&order_id={operation['order_id']}"
        found, body = curl(
            api, f'curl -X GET "https://api.orderly.dev/api/operations?{query}" -H "Authorization: Bearer ord_sk_..."'
        )
        assert found == 200
        assert [operation["id"] for operation in body["data"]] == ([operation["id"]] if status == "pending" else [])


def test_the_banner_buys_and_undoes_a_label(running_stack: Stack) -> None:
    """The banner's three lines work when pasted into a shell one by one."""
    lines = [line for line in running_stack.output.read_text().splitlines() if line.startswith("curl ")]
    assert len(lines) == 3
    answers = []
    for line in lines:
        process = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60, check=True)
        answers.append(json.loads(process.stdout)["data"])
    assert [answer["status"] for answer in answers] == ["pending", "completed", "undone"]
    assert {answer["id"] for answer in answers} == {answers[0]["id"]}


@pytest.mark.alone
def test_prefer_wait_returns_the_final_state(api: Api) -> None:
    """The call gets 200 with the final state when the operation ends, long before the wait is over."""
    operation = api.label()
    answer = api.http.post(f"/api/operations/{operation['id']}/execute", headers={"Prefer": "wait=30"})
    assert answer.status_code == 200
    assert answer.headers["Preference-Applied"] == "wait=30"
    assert answer.json()["data"]["status"] == "completed"
    assert answer.elapsed.total_seconds() < 10


def test_prefer_wait_0_returns_at_once(api: Api) -> None:
    """Both the execution and the undo return at once; the undo would wait 10 s by default."""
    account = api.account()
    operation = api.label(carrier_account_id=account["id"])
    started = api.http.post(f"/api/operations/{operation['id']}/execute", headers={"Prefer": "wait=0"})
    assert (started.status_code, started.json()["data"]["status"]) == (202, "executing")
    api.until(operation["id"], lambda operation: operation["status"] == "completed")
    api.sandbox.script("labels.void", "slow:30")
    undoing = api.http.post(f"/api/operations/{operation['id']}/undo", headers={"Prefer": "wait=0"})
    assert undoing.status_code == 202
    assert undoing.json()["data"]["undo"]["status"] == "in_progress"
    assert undoing.json()["data"]["status"] == "completed"
    api.sandbox.clear()
    assert api.until(operation["id"], lambda operation: operation["undo"]["status"] == "done")["status"] == "undone"


@pytest.mark.alone
def test_a_wait_that_ends_first_gets_202(api: Api) -> None:
    """The call gets 202 when the wait is over."""
    api.sandbox.script("labels.create", "slow:30")
    operation = api.label()
    answer = api.http.post(f"/api/operations/{operation['id']}/execute", headers={"Prefer": "wait=1"})
    assert (answer.status_code, answer.json()["data"]["status"]) == (202, "executing")
    assert 0.9 < answer.elapsed.total_seconds() < 2.5
    api.sandbox.clear()
    api.until(operation["id"], lambda operation: operation["status"] == "completed")


@pytest.mark.parametrize(
    "prefer", ["wait=-1", "wait=abc", "wait=1.5", "wait=", "wait", "return=minimal", "wait=99999999999999999999", ""]
)
def test_a_malformed_preference_is_ignored(api: Api, prefer: str) -> None:
    """RFC 7240: a preference never makes a call fail."""
    operation = api.status_change()
    answer = api.http.post(f"/api/operations/{operation['id']}/execute", headers={"Prefer": prefer})
    assert answer.status_code == 202
    assert "Preference-Applied" not in answer.headers


@pytest.mark.parametrize("prefer", ["respond-async, wait=20", 'WAIT="20"', "return=minimal; wait=20", "wait = 20"])
def test_a_wait_among_other_preferences_is_applied(api: Api, prefer: str) -> None:
    operation = api.status_change()
    answer = api.http.post(f"/api/operations/{operation['id']}/execute", headers={"Prefer": prefer})
    assert answer.status_code == 200
    assert answer.headers["Preference-Applied"] == "wait=20"


def test_the_response_repeats_the_request_id(api: Api) -> None:
    """The response repeats a valid X-Request-Id, and replaces an invalid one."""
    mine = f"trace-{uuid4()}"
    assert api.http.get("/api/operations", headers={"X-Request-Id": mine}).headers["X-Request-Id"] == mine
    odd = api.http.get("/api/operations", headers={"X-Request-Id": 'a"b<script>'}).headers["X-Request-Id"]
    assert odd != 'a"b<script>'
    assert len(odd) == 32
