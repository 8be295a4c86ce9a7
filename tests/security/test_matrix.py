"""Every endpoint x every scope x every caller: an unauthorized caller gets, learns and changes nothing."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from api.http.auth import Scope
from tests.fixtures.api import data
from tests.security.calls import (
    CALLS,
    DOCUMENT,
    FOREIGN_ID_CALLS,
    KINDS,
    SCOPED_CALLS,
    WEBHOOK,
    Call,
    Ids,
    describe,
    routes,
    unknown_ids,
)
from tests.security.conftest import Party

NOT_OURS = {"external_id", "location_id", "request_id"}
"""Ids that are no ids of resources."""
STREAM = "/api/events/stream"
"""It ends only with an error, so its call here is refused."""

State = Callable[[], dict[str, str]]
Description = tuple[int, str, dict[str, str]]


def send(party: Party, call: Call, ids: Ids, own: Ids, key: str | None) -> Description:
    method, path, rest = call.request(ids, own)
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return describe(party.anonymous.request(method, path, headers=headers, **rest), ids)


def find_code(text: str) -> str:
    found = re.search(r'"code":"(\w+)"', text)
    return found.group(1) if found else ""


def test_these_tests_cover_every_route(attacker: Party) -> None:
    """CALLS equals the app's routes with their scopes, and the paths of the OpenAPI document."""
    covered = {(call.method, call.route, call.scope) for call in CALLS}
    document = attacker.api.http.get("/openapi.json").json()
    documented = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}

    assert covered == set(routes())
    assert {(method, route) for method, route, _ in covered} == documented
    assert {route for _, route, scope in covered if scope is None} == {"/healthz", "/readyz", WEBHOOK}


def test_these_tests_cover_every_id(attacker: Party) -> None:
    """Every property and parameter with an id has a call with another organization's id."""
    document = attacker.api.http.get("/openapi.json").json()
    places = {name for schema in _schemas(document) for name in schema.get("properties", {}) if name.endswith("_id")}
    query = {
        (path, parameter["name"])
        for path, methods in document["paths"].items()
        for parameter in methods.get("get", {}).get("parameters", [])
        if parameter["in"] == "query" and parameter["name"].endswith("_id") and parameter["name"] not in NOT_OURS
    }
    used = {name for call in FOREIGN_ID_CALLS for name in re.findall(r"'(\w+_id)': '\{(?!own)", str(call.body))}

    assert places - NOT_OURS == used
    sent = {(call.route, name) for call in FOREIGN_ID_CALLS for name, _ in call.query}
    assert {place for place in query if place[0] != STREAM} == {place for place in sent if place[0] != STREAM}


def _schemas(document: Any) -> list[Any]:
    """Return the schemas of all request bodies, and the schemas that they reference."""
    known = document["components"]["schemas"]
    bodies = [
        operation["requestBody"]["content"]["application/json"]["schema"]
        for methods in document["paths"].values()
        for operation in methods.values()
        if "requestBody" in operation
    ]
    found: list[Any] = []
    waiting = set(re.findall(r"#/components/schemas/(\w+)", str(bodies)))
    done: set[str] = set()
    while waiting:
        name = waiting.pop()
        done.add(name)
        found.append(known[name])
        waiting |= set(re.findall(r"#/components/schemas/(\w+)", str(known[name]))) - done
    return found


def list_invalid_keys(
    attacker: Party, victim: Party, inactive_keys: dict[str, str]
) -> dict[str, tuple[str | None, str]]:
    """Return invalid keys by name, each with the error's code."""
    key = attacker.api.key
    return {
        "no key": (None, "unauthorized"),
        "malformed": ("let me in", "unauthorized"),
        "wrong": ("ord_sk_" + "A" * 43, "unauthorized"),
        "truncated": (key[:-1], "unauthorized"),
        "shown prefix": (victim.api.key[:13], "unauthorized"),
        "lengthened": (key + "A", "unauthorized"),
        "another's start": (victim.api.key[:20] + key[20:], "unauthorized"),
        "hash": ("ord_sk_" + "0" * 64, "unauthorized"),
        "revoked": (inactive_keys["revoked"], "key_revoked"),
        "expired": (inactive_keys["expired"], "key_expired"),
    }


def test_invalid_keys_get_one_answer_everywhere(
    attacker: Party, victim: Party, inactive_keys: dict[str, str], victim_state: State
) -> None:
    """Every endpoint gives the same 401, for existing and unknown ids, valid and invalid bodies; nothing changes."""
    before = victim_state()
    for name, (key, code) in list_invalid_keys(attacker, victim, inactive_keys).items():
        answers = set()
        for call in SCOPED_CALLS:
            for ids in (victim.ids, unknown_ids()):
                status, text, headers = send(attacker, call, ids, attacker.ids, key)
                answers.add((status, text, tuple(sorted(headers.items()))))
        assert len(answers) == 1, name
        ((status, text, _),) = answers
        assert (status, find_code(text)) == (401, code), name
        assert key is None or key[:20] not in text
    assert victim_state() == before


def test_a_missing_scope_is_reported_before_any_lookup(attacker: Party, victim: Party, victim_state: State) -> None:
    """A key without the scope gets the same 403 for every id and body, before any lookup."""
    before = victim_state()
    for scope in sorted({call.scope for call in SCOPED_CALLS if call.scope}):
        key = attacker.api.key_with(*(other.value for other in Scope if other.value != scope))["secret"]
        answers = set()
        for call in (guarded for guarded in SCOPED_CALLS if guarded.scope == scope):
            own = dict.fromkeys(KINDS, attacker.ids["orders"])
            for ids in (victim.ids, unknown_ids(), own, dict.fromkeys(KINDS, "no-id")):
                status, text, _ = send(attacker, call, ids, attacker.ids, key)
                answers.add((status, text))
            malformed = attacker.anonymous.request(
                call.method, call.request(victim.ids, attacker.ids)[1], params={"limit": "0"}, content=b"{",
                headers={"Authorization": f"Bearer {key}", "Content-Type": "text/plain", "Idempotency-Key": "k" * 300},
            )  # fmt: skip
            answers.add(describe(malformed, {})[:2])
        ((status, text),) = answers
        assert (status, find_code(text)) == (403, "insufficient_scope")
        assert scope in text
    assert victim_state() == before


@pytest.mark.parametrize("scope", list(Scope))
def test_a_scope_gives_access_to_its_own_endpoints_only(attacker: Party, scope: Scope) -> None:
    key = attacker.api.key_with(scope.value)["secret"]
    for call in SCOPED_CALLS:
        status, text, _ = send(attacker, call, unknown_ids(), attacker.ids, key)
        if call.scope == scope:
            assert status not in (401, 403), (call, text)
        else:
            assert (status, find_code(text)) == (403, "insufficient_scope"), call


@pytest.mark.parametrize(
    "call", FOREIGN_ID_CALLS, ids=lambda call: f"{call.method} {call.route} {call.body or call.query or ''}"
)
def test_foreign_ids_are_treated_as_unknown(attacker: Party, victim: Party, victim_state: State, call: Call) -> None:
    """The answer is identical to that for an unknown id, and nothing changes."""
    before = victim_state()
    key = attacker.api.key

    theirs = send(attacker, call, victim.ids, attacker.ids, key)
    unknown = send(attacker, call, unknown_ids(), attacker.ids, key)

    assert theirs == unknown
    status, text, _ = theirs
    if call.expected_text is not None:
        assert call.expected_text in text, text
    elif call.query:
        assert (status, '"data":[]' in text) == (200, True), text
    else:
        assert status in ((404,) if call.kind in KINDS else (404, 422)), text
        assert find_code(text).endswith("_not_found") if status == 404 else find_code(text) == "invalid_input"
    assert victim_state() == before


def test_lists_contain_only_own_resources(attacker: Party, victim: Party) -> None:
    """No list contains a victim's id, for any filter, sort and page."""
    lists = [call for call in SCOPED_CALLS if call.method == "GET" and "{" not in call.route and call.route != STREAM]
    for call in lists:
        second = {} if call.route == "/api/events" else {"page": "2"}
        for params in ({"limit": "100"}, {"limit": "1", **second}, {"order": "asc"}):
            is_paged = not call.route.endswith(("types", "organization", "carriers"))
            answer = attacker.api.http.get(call.route, params=params if is_paged else {})
            assert answer.status_code == 200
            assert not [ident for ident in victim.ids.values() if ident in answer.text], call


def test_two_organizations_may_use_one_idempotency_key(attacker: Party, victim: Party, victim_state: State) -> None:
    """The victim's stored answer is not replayed, and its key is not in use for the attacker."""
    body = {"external_id": "same-in-both", "customer": {"name": "The victim's customer"}}
    sent = {"Idempotency-Key": "same-in-both"}
    made = data(victim.api.http.post("/api/orders", json=body, headers=sent), 201)
    before = victim_state()

    own = attacker.api.http.post("/api/orders", json=body, headers=sent)
    other = attacker.api.http.post("/api/orders", json={"external_id": "x"}, headers={"Idempotency-Key": "only-mine"})

    assert "Idempotent-Replayed" not in own.headers
    assert data(own, 201)["id"] != made["id"]
    assert other.status_code == 201
    assert victim_state() == before
    again = victim.api.http.post("/api/orders", json=body, headers=sent)
    assert (again.headers["Idempotent-Replayed"], again.json()["data"]["id"]) == ("true", made["id"])


def test_other_methods_are_rejected(attacker: Party, victim: Party, victim_state: State) -> None:
    """Other methods get 405 with and without a key, and override headers and parameters have no effect."""
    before = victim_state()
    for route in sorted({call.route for call in CALLS}):
        known = {call.method for call in CALLS if call.route == route}
        sample = next(call for call in CALLS if call.route == route)
        path = sample.request(victim.ids, attacker.ids)[1]
        for method in {"GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE", "LINK"} - known:
            answer = attacker.anonymous.request(method, path)
            assert answer.status_code == 405, (method, path)
            answer = attacker.api.http.request(method, path)
            assert answer.status_code == 405, (method, path)
    override = {"X-HTTP-Method-Override": "DELETE", "X-Original-URL": "/api/api-keys", "X-Forwarded-For": "127.0.0.1"}
    path = f"/api/bridges/{victim.ids['bridges']}"
    assert attacker.api.http.post(f"{path}?_method=DELETE", headers=override).status_code == 405
    assert attacker.anonymous.get("/api/orders", headers=override).status_code == 401
    assert victim_state() == before


def test_the_same_calls_succeed_for_the_owner(victim: Party) -> None:
    """So the calls fail only because of the foreign ids. This test is the last one because it changes the victim."""
    routes_without_answer = (STREAM, DOCUMENT)  # a stream never ends, and the victim's shipment has no document
    for call in (call for call in FOREIGN_ID_CALLS if call.scope and call.route not in routes_without_answer):
        status, text, _ = send(victim, call, victim.ids, victim.ids, victim.api.key)
        assert status not in (400, 401, 403, 404), (call, text)
        assert find_code(text) != "invalid_input", (call, text)
