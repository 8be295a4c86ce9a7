"""Calls are repeated with their idempotency key, errors become one line per field, and exit codes are stable."""

import json

import httpx
import pytest

from tests.unit.client.commands import OPERATION, FakeApi, data, page, refusal

IDENT = OPERATION["id"]


def test_a_changing_call_is_repeated_with_the_same_key() -> None:
    api = FakeApi(
        httpx.ConnectError("refused"),
        httpx.Response(503, headers={"Retry-After": "7"}, json={"error": {"code": "unavailable"}}),
        refusal(409, "idempotency_key_in_use"),
        data(OPERATION),
    )

    result = api.run("operations", "execute", IDENT)

    assert result.exit_code == 0, result.output
    assert len({request.headers["Idempotency-Key"] for request in api.requests}) == 1
    assert len(api.requests) == 4
    assert api.waits[1] == 7.0
    assert {request.headers["Authorization"] for request in api.requests} == {"Bearer ord_sk_secret"}


def test_a_call_without_an_answer_ends_with_6() -> None:
    api = FakeApi(*[httpx.ConnectError("refused")] * 5)

    result = api.run("operations", "list")

    assert result.exit_code == 6
    assert "orderly: no answer from http://orderly.test: refused" in result.stderr
    assert "ord_sk_secret" not in result.output


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [(401, "unauthorized", 3), (403, "insufficient_scope", 3), (404, "operation_not_found", 4), (409, "conflict", 5),
     (422, "invalid_input", 5), (400, "invalid_request", 5), (500, "internal_error", 6)],
)  # fmt: skip
def test_exit_codes_of_refusals(status: int, code: str, expected: int) -> None:
    result = FakeApi(refusal(status, code)).run("operations", "show", "x")

    assert result.exit_code == expected
    assert f"orderly: {code}: It was refused." in result.stderr


def test_each_bad_field_is_one_line() -> None:
    fields = [
        {"path": ["input", "parcels", 0, "weight"], "message": "is required"},
        {"path": ["type"], "message": "no\n"},
    ]

    result = FakeApi(refusal(422, "invalid_input", fields=fields)).run("operations", "create", "create_shipment")

    lines = result.stderr.splitlines()
    assert lines[1:] == ["  input.parcels.0.weight: is required", "  type: no\\x0a", "  request id: r1"]


def test_json_shows_the_error_of_the_api() -> None:
    result = FakeApi(refusal(409, "operation_not_failed", status="pending")).run("operations", "retry", IDENT, "--json")

    assert json.loads(result.stderr)["error"]["details"] == {"status": "pending"}
    assert result.stdout == ""


def test_the_answer_of_another_server_is_an_error() -> None:
    result = FakeApi(httpx.Response(404, text="<html>")).run("operations", "show", "x")

    assert result.exit_code == 4
    assert "is not that of Orderly" in result.stderr


@pytest.mark.parametrize("body", ["<html>", "[]", "{}", '{"error": {"details": {"fields": ["x"]}}}'])
@pytest.mark.parametrize("status", [200, 301, 502])
def test_no_answer_of_another_server_breaks_a_command(status: int, body: str) -> None:
    for command in ("operations", "events"):
        result = FakeApi(*[httpx.Response(status, text=body)] * 5).run(command, "list")
        assert isinstance(result.exception, SystemExit), result.exception
        assert result.exit_code in (5, 6)
    tail = FakeApi(httpx.Response(200, text=body)).run("events", "tail")
    assert tail.exit_code == 6


def test_a_list_reads_as_many_pages_as_needed() -> None:
    api = FakeApi(page([OPERATION] * 100, "c2"), page([OPERATION] * 20, "c3"))

    result = api.run("operations", "list", "--limit", "120", "--status", "failed", "--status", "executing", "--json")

    assert len(result.stdout.splitlines()) == 120
    assert [request.url.params["cursor"] for request in api.requests] == ["first", "c2"]
    assert [request.url.params["limit"] for request in api.requests] == ["100", "20"]
    assert api.requests[0].url.params.get_list("status") == ["failed", "executing"]


def test_an_id_cannot_change_the_path() -> None:
    api = FakeApi(refusal(404, "operation_not_found"))

    api.run("operations", "show", "../api-keys?x=1")

    assert api.requests[0].url.raw_path == b"/api/operations/..%2Fapi-keys%3Fx%3D1"


def test_a_refusal_of_one_does_not_stop_the_others() -> None:
    api = FakeApi(refusal(409, "operation_not_pending"), data(OPERATION))

    result = api.run("operations", "cancel", "a", "b")

    assert result.exit_code == 5
    assert result.stdout.startswith(IDENT)
    assert "id: a" in result.stderr
    assert "1 of 2 were refused" in result.stderr


def test_a_failed_run_ends_with_1() -> None:
    failed = {**OPERATION, "status": "failed", "error": {"code": "rejected", "step": "buy_label"}}

    result = FakeApi(data(failed)).run("operations", "execute", IDENT, "--wait", "5")

    assert result.exit_code == 1
    assert f"{IDENT}: failed: rejected at buy_label" in result.stderr
