"""A stream goes on after the last event, and `watch` ends with the operation."""

import json
from pathlib import Path

import httpx

from tests.unit.client.commands import OPERATION, FakeApi, data, refusal

EXECUTING = {**OPERATION, "status": "executing"}


def event(number: int) -> dict[str, object]:
    subject = {"type": "operation", "id": OPERATION["id"]}
    return {"id": str(number), "type": "step.done", "created_at": "t", "actor": "service:worker", "subject": subject}


def stream(*numbers: int) -> httpx.Response:
    blocks = ["retry: 1000\nid: start\n\n", *(f"data: {json.dumps(event(n))}\nid: c{n}\n\n" for n in numbers)]
    return httpx.Response(200, headers={"Content-Type": "text/event-stream"}, text="".join(blocks))


def test_a_lost_connection_loses_no_event(tmp_path: Path) -> None:
    file = tmp_path / "cursor"
    api = FakeApi(
        stream(1, 2), httpx.ReadError("gone"), refusal(503, "too_many_streams"), stream(3), refusal(401, "key_revoked")
    )

    result = api.run("events", "tail", "--type", "operation.*", "--json", "--cursor-file", str(file))

    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["1", "2", "3"]
    assert [request.headers.get("Last-Event-ID") for request in api.requests] == [None, "c2", "c2", "c2", "c3"]
    assert result.exit_code == 3
    assert file.read_text() == "c3\n"
    again = FakeApi(refusal(410, "events_pruned", cursor="c9"))
    assert again.run("events", "tail", "--cursor-file", str(file)).exit_code == 5
    assert again.requests[0].headers["Last-Event-ID"] == "c3"


def test_watch_ends_with_the_operation() -> None:
    api = FakeApi(data(EXECUTING), stream(1), data(EXECUTING), data(OPERATION))

    result = api.run("operations", "watch", OPERATION["id"])

    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == ["t\tstep.done", f"{OPERATION['id']}\tcompleted"]
    assert api.requests[1].url.params["subject"] == f"operation:{OPERATION['id']}"


def test_watch_polls_if_the_key_may_not_read_events() -> None:
    waiting = {**EXECUTING, "attention": {"reason": "outcome_unknown", "step": "buy_label", "choices": []}}
    api = FakeApi(data(EXECUTING), refusal(403, "insufficient_scope"), data(EXECUTING), data(waiting))

    result = api.run("operations", "watch", OPERATION["id"])

    assert result.exit_code == 1
    assert "a person is needed: outcome_unknown at buy_label" in result.stderr
    assert api.waits == [2.0]
