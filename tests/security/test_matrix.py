"""Every endpoint x every scope x every caller: who may not, gets nothing, learns nothing and changes nothing."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from api.http.auth import Scope
from tests.fixtures.api import data
from tests.security.calls import CALLS, GUARDED, KINDS, NAMING, WEBHOOK, Call, Ids, routes, seen, unknown_ids
from tests.security.conftest import Side

State = Callable[[], dict[str, str]]
Seen = tuple[int, str, dict[str, str]]


def send(side: Side, call: Call, ids: Ids, own: Ids, key: str | None) -> Seen:
    method, path, rest = call.request(ids, own)
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return seen(side.nobody.request(method, path, headers=headers, **rest), ids)


def code_of(text: str) -> str:
    found = re.search(r'"code":"(\w+)"', text)
    return found.group(1) if found else ""


def test_every_route_of_the_app_is_attacked_here(attacker: Side) -> None:
    """With its scope; a new route without a row fails, and one that the document does not tell."""
    here = {(call.method, call.route, call.scope) for call in CALLS}
    document = attacker.api.http.get("/openapi.json").json()
    told = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}

    assert here == set(routes())
    assert {(method, route) for method, route, _ in here} == told
    assert {route for _, route, scope in here if scope is None} == {"/healthz", "/readyz", WEBHOOK}


def test_every_kind_of_id_is_tried_in_every_place(attacker: Side) -> None:
    """Each property and parameter of the document that holds an id has a row that puts somebody else's there."""
    document = attacker.api.http.get("/openapi.json").json()
    places = {name for schema in _schemas(document) for name in schema.get("properties", {}) if name.endswith("_id")}
    query = {
        (path, parameter["name"])
        for path, methods in document["paths"].items()
        for parameter in methods.get("get", {}).get("parameters", [])
        if parameter["in"] == "query" and parameter["name"].endswith("_id") and parameter["name"] != "external_id"
    }
    tried = {name for call in NAMING for name in re.findall(r"'(\w+_id)': '\{(?!own)", str(call.body))}

    assert places - {"external_id"} == tried
    assert query == {(call.route, name) for call in NAMING for name, _ in call.query}


def _schemas(document: Any) -> list[Any]:
    """Return the schemas of bodies, and what they refer to."""
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


def callers(attacker: Side, victim: Side, ended: dict[str, str]) -> dict[str, tuple[str | None, str]]:
    """Return who is nobody: by name the key that is sent, and the code of the answer."""
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
        "revoked": (ended["revoked"], "key_revoked"),
        "expired": (ended["expired"], "key_expired"),
    }


def test_who_is_nobody_gets_one_answer_everywhere(
    attacker: Side, victim: Side, ended: dict[str, str], state: State
) -> None:
    """401, the very same for every endpoint, existing id or not, good body or bad; and nothing happens."""
    before = state()
    for name, (key, code) in callers(attacker, victim, ended).items():
        answers = set()
        for call in GUARDED:
            for ids in (victim.ids, unknown_ids()):
                status, text, headers = send(attacker, call, ids, attacker.ids, key)
                answers.add((status, text, tuple(sorted(headers.items()))))
        assert len(answers) == 1, name
        ((status, text, _),) = answers
        assert (status, code_of(text)) == (401, code), name
        assert key is None or key[:20] not in text
    assert state() == before


def test_a_missing_scope_is_told_before_anything_is_looked_up(attacker: Side, victim: Side, state: State) -> None:
    """A key with every scope but the needed one: 403, whether the id is another's, one's own, unknown or no id."""
    before = state()
    for scope in sorted({call.scope for call in GUARDED if call.scope}):
        key = attacker.api.key_with(*(other.value for other in Scope if other.value != scope))["secret"]
        answers = set()
        for call in (guarded for guarded in GUARDED if guarded.scope == scope):
            own = dict.fromkeys(KINDS, attacker.ids["orders"])
            for ids in (victim.ids, unknown_ids(), own, dict.fromkeys(KINDS, "no-id")):
                status, text, _ = send(attacker, call, ids, attacker.ids, key)
                answers.add((status, text))
            garbled = attacker.nobody.request(
                call.method, call.request(victim.ids, attacker.ids)[1], params={"limit": "0"}, content=b"{",
                headers={"Authorization": f"Bearer {key}", "Content-Type": "text/plain", "Idempotency-Key": "k" * 300},
            )  # fmt: skip
            answers.add(seen(garbled, {})[:2])
        ((status, text),) = answers
        assert (status, code_of(text)) == (403, "insufficient_scope")
        assert scope in text
    assert state() == before


@pytest.mark.parametrize("scope", list(Scope))
def test_one_scope_opens_its_own_endpoints_and_no_other(attacker: Side, scope: Scope) -> None:
    key = attacker.api.key_with(scope.value)["secret"]
    for call in GUARDED:
        status, text, _ = send(attacker, call, unknown_ids(), attacker.ids, key)
        if call.scope == scope:
            assert status not in (401, 403), (call, text)
        else:
            assert (status, code_of(text)) == (403, "insufficient_scope"), call


@pytest.mark.parametrize("call", NAMING, ids=lambda call: f"{call.method} {call.route} {call.body or call.query or ''}")
def test_anothers_ids_are_as_unknown_as_nobodys(attacker: Side, victim: Side, state: State, call: Call) -> None:
    """With every scope: the answer is byte for byte that of an id which is nobody's, and nothing changes."""
    before = state()
    key = attacker.api.key

    theirs = send(attacker, call, victim.ids, attacker.ids, key)
    nobodys = send(attacker, call, unknown_ids(), attacker.ids, key)

    assert theirs == nobodys
    status, text, _ = theirs
    if call.query:
        assert (status, '"total":0' in text) == (200, True), text
    elif call.told is not None:
        assert call.told in text, text
    else:
        assert status in ((404,) if call.kind in KINDS else (404, 422)), text
        assert code_of(text).endswith("_not_found") if status == 404 else code_of(text) == "invalid_input"
    assert state() == before


def test_lists_hold_ones_own_only(attacker: Side, victim: Side) -> None:
    """No id of the victim's is in any list, whatever the filter, sort and page."""
    for call in (guarded for guarded in GUARDED if guarded.method == "GET" and "{" not in guarded.route):
        for params in ({"limit": "100"}, {"limit": "1", "page": "2"}, {"order": "asc"}):
            is_paged = not call.route.endswith(("types", "organization"))
            answer = attacker.api.http.get(call.route, params=params if is_paged else {})
            assert answer.status_code == 200
            assert not [ident for ident in victim.ids.values() if ident in answer.text], call


def test_one_idempotency_key_is_two_for_two_organizations(attacker: Side, victim: Side, state: State) -> None:
    """The other's stored answer is not replayed, nor is its key in use or taken."""
    body = {"external_id": "same-in-both", "customer": {"name": "The victim's customer"}}
    sent = {"Idempotency-Key": "same-in-both"}
    made = data(victim.api.http.post("/api/orders", json=body, headers=sent), 201)
    before = state()

    own = attacker.api.http.post("/api/orders", json=body, headers=sent)
    other = attacker.api.http.post("/api/orders", json={"external_id": "x"}, headers={"Idempotency-Key": "only-mine"})

    assert "Idempotent-Replayed" not in own.headers
    assert data(own, 201)["id"] != made["id"]
    assert other.status_code == 201
    assert state() == before
    again = victim.api.http.post("/api/orders", json=body, headers=sent)
    assert (again.headers["Idempotent-Replayed"], again.json()["data"]["id"]) == ("true", made["id"])


def test_no_other_method_opens_anything(attacker: Side, victim: Side, state: State) -> None:
    """405 without and with a key, the same for every id; an override in a header or the query changes nothing."""
    before = state()
    for route in sorted({call.route for call in CALLS}):
        known = {call.method for call in CALLS if call.route == route}
        sample = next(call for call in CALLS if call.route == route)
        path = sample.request(victim.ids, attacker.ids)[1]
        for method in {"GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE", "LINK"} - known:
            answer = attacker.nobody.request(method, path)
            assert answer.status_code == 405, (method, path)
            answer = attacker.api.http.request(method, path)
            assert answer.status_code == 405, (method, path)
    override = {"X-HTTP-Method-Override": "DELETE", "X-Original-URL": "/api/api-keys", "X-Forwarded-For": "127.0.0.1"}
    path = f"/api/bridges/{victim.ids['bridges']}"
    assert attacker.api.http.post(f"{path}?_method=DELETE", headers=override).status_code == 405
    assert attacker.nobody.get("/api/orders", headers=override).status_code == 401
    assert state() == before


def test_these_attacks_would_get_through_with_the_right_key(victim: Side) -> None:
    """So that none of them fails for another reason than whose id it is. The last test, for it changes things."""
    for call in (call for call in NAMING if call.scope is not None):
        status, text, _ = send(victim, call, victim.ids, victim.ids, victim.api.key)
        assert status not in (400, 401, 403, 404), (call, text)
        assert code_of(text) != "invalid_input", (call, text)
