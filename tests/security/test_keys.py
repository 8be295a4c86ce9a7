"""Guessed, altered, mixed, repeated, revoked and expired keys give no access and no information."""

import hashlib
import logging
import string
from typing import Any

import httpx
import psycopg
import pytest

from api.http.auth import SECRET_PREFIX, Scope, cut_prefix, new_secret
from tests.fixtures.api import REQUEST_ID, data, refused
from tests.fixtures.builders import Json
from tests.fixtures.in_process_api import ApiClient
from tests.fixtures.rows import Rows
from tests.fixtures.stack import Stack
from tests.security.conftest import Party

PATH = "/api/orders"
LETTERS = string.ascii_letters + string.digits + "-_"


def send_key(party: Party, *headers: str) -> tuple[int, str]:
    """Send Authorization headers; return status and body, without the request's id."""
    answer = party.anonymous.get(PATH, headers=[("Authorization", header) for header in headers])
    return answer.status_code, answer.text.replace(answer.headers["X-Request-Id"], "")


def test_only_a_keys_hash_is_stored(attacker: Party, running_stack: Stack) -> None:
    """The hash is SHA-256 of the whole secret; the visible prefix leaves more than 200 random bits."""
    made = attacker.api.key_with("orders:read")
    with psycopg.connect(running_stack.info["database_url"]) as connection:
        row = connection.execute("select to_jsonb(t), secret_hash from api_keys as t where id = %s", (made["id"],))
        found: tuple[Json, bytes] | None = row.fetchone()
        unique = connection.execute(
            "select count(*) from pg_index where indrelid = 'api_keys'::regclass and indisunique"
            " and pg_get_indexdef(indexrelid) like '%(secret_hash)'"
        ).fetchone()
    assert found is not None
    secret = made["secret"]
    assert bytes(found[1]) == hashlib.sha256(secret.encode()).digest()
    assert found[0]["prefix"] == cut_prefix(secret) == made["prefix"]
    assert secret.removeprefix(cut_prefix(secret)) not in str(found[0])
    assert (len(secret) - len(cut_prefix(secret))) * 6 > 200
    assert unique == (1,)


def test_altered_keys_are_rejected(attacker: Party) -> None:
    """Shortened, extended, altered and re-cased keys all get the same answer."""
    key = attacker.api.key
    guesses = [key[:end] for end in range(len(SECRET_PREFIX), len(key))]
    guesses += [SECRET_PREFIX + key[start:] for start in range(len(SECRET_PREFIX) + 1, len(key))]
    guesses += [key + ending for ending in ("A", "=", "==", "%00", "*", "%", "_", ".", "/", "\\", "'--", key)]
    guesses += [key[:-1] + letter for letter in LETTERS if letter != key[-1]]
    guesses += [key[:place] + ("A" if key[place] != "A" else "B") + key[place + 1 :] for place in range(7, len(key))]
    guesses += [key.swapcase(), key.lower(), key.upper(), key[::-1], hashlib.sha256(key.encode()).hexdigest()]

    answers = {send_key(attacker, f"Bearer {guess}") for guess in guesses if guess.startswith(SECRET_PREFIX)}
    malformed = {send_key(attacker, f"Bearer {guess}") for guess in guesses if not guess.startswith(SECRET_PREFIX)}

    assert len(guesses) > 180
    assert [status for status, _ in answers] == [401]
    assert [status for status, _ in malformed] == [401]
    assert send_key(attacker, f"Bearer {key}")[0] == 200


def test_mixed_keys_are_rejected(attacker: Party, victim: Party) -> None:
    """The start of one organization's key with the rest of another's, split at each place."""
    one, other = attacker.api.key, victim.api.key
    mixed = {one[:place] + other[place:] for place in range(8, len(one))} - {one, other}
    mixed |= {other[:place] + one[place:] for place in range(8, len(one))} - {one, other}

    assert {send_key(attacker, f"Bearer {key}")[0] for key in mixed} == {401}
    for headers in ((f"Bearer {one}", f"Bearer {other}"), (f"Bearer {one}", f"Bearer {one}"), ("", f"Bearer {other}")):
        assert send_key(attacker, *headers)[0] == 401, "of two keys none is taken: a proxy may have looked at the other"


def test_inactive_keys_stay_inactive(attacker: Party, inactive_keys: dict[str, str], running_stack: Stack) -> None:
    """Revoking a key again keeps its time, and a part of an inactive key does not reveal its state."""
    for name, code in (("revoked", "key_revoked"), ("expired", "key_expired")):
        secret = inactive_keys[name]
        refused(attacker.anonymous.get(PATH, headers={"Authorization": f"Bearer {secret}"}), 401, code)
        for guess in (secret[:-1], secret + "A", secret[:20] + "A" * (len(secret) - 20)):
            answer = attacker.anonymous.get(PATH, headers={"Authorization": f"Bearer {guess}"})
            refused(answer, 401, "unauthorized")
    with psycopg.connect(running_stack.info["database_url"]) as connection:
        found = connection.execute("select id, revoked_at from api_keys where revoked_at is not null").fetchall()
    for ident, revoked_at in found:
        again = attacker.api.http.delete(f"/api/api-keys/{ident}")
        if again.status_code == 200:
            assert data(again)["revoked_at"][:19] == f"{revoked_at:%Y-%m-%dT%H:%M:%S}"


def test_a_key_cannot_grant_more_scopes_than_it_has(attacker: Party) -> None:
    """Repeated, misspelled and nested scopes are rejected, and so are other organizations' ids."""
    manager = attacker.api.key_with("api-keys:manage")["secret"]
    bodies: list[Json] = [
        {"name": "x", "scopes": [scope.value]} for scope in Scope if scope is not Scope.API_KEYS_MANAGE
    ]
    bodies += [
        {"name": "x", "scopes": scopes}
        for scopes in (["*"], ["operations:*"], ["OPERATIONS:READ"], ["operations:read "], [["operations:read"]],
                       "operations:read", [None], ["api-keys:manage", "orders:read"])
    ]  # fmt: skip
    bodies += [
        {"name": "x", "scopes": ["api-keys:manage"], name: "00000000-0000-0000-0000-000000000000"}
        for name in ("organization_id", "id", "secret", "secret_hash", "prefix", "revoked_at")
    ]
    for body in bodies:
        answer = attacker.anonymous.post("/api/api-keys", json=body, headers={"Authorization": f"Bearer {manager}"})
        assert answer.status_code in (403, 422), (body, answer.text)


async def test_guesses_do_not_count_against_a_keys_limit(client: ApiClient, rows: Rows) -> None:
    """Each valid key has its own limit, and every call with it counts."""
    client.use_app(client.new_app(requests_per_second=0.001, burst=3))
    right, limited = client.secret, rows.insert_key(Scope.SHIPMENTS_READ)

    async def statuses(secret: str, calls: int) -> list[int]:
        client.secret = secret
        return [(await client.call("GET", PATH)).status_code for _ in range(calls)]

    assert set(await statuses(right[:-1], 50)) == {401}
    assert await statuses(right, 4) == [200, 200, 200, 429]
    assert await statuses(limited, 4) == [403, 403, 403, 429]


async def test_an_internal_error_logs_no_injected_line(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has a path with line breaks on one line, and neither the key nor the error's message."""

    async def fail(*_: Any) -> None:
        raise RuntimeError(f"about {client.secret}")

    monkeypatch.setattr(client.service.container.database, "authenticate", fail)
    with caplog.at_level(logging.ERROR, "orderly.api"):
        response = await client.call("GET", "/api/operations/x%0d%0a2026-01-01 ERROR forged%1b[2J%e2%80%a8", None)

    assert response.status_code == 500
    ((line),) = (record.getMessage() for record in caplog.records)
    assert line.splitlines()[0].startswith("request ")
    assert "\\r\\n2026-01-01 ERROR forged\\x1b[2J\\u2028" in line.splitlines()[0]
    assert all(each.startswith("  ") for each in line.splitlines()[1:])
    assert client.secret not in line + response.text


@pytest.mark.parametrize("fields", ["a b", "<script>", "a" * 101, "%0d%0a", "${jndi:ldap://x}"])
def test_an_invalid_request_id_is_replaced(attacker: Party, fields: str) -> None:
    answer = attacker.api.http.get(PATH, headers={"X-Request-Id": fields})
    assert answer.headers["X-Request-Id"] != fields
    assert REQUEST_ID.fullmatch(answer.headers["X-Request-Id"])


def test_secrets_are_random() -> None:
    """2,000 secrets are unique, and each position has every character."""
    made = [new_secret() for _ in range(2000)]
    assert len(set(made)) == len(made)
    for place in range(len(SECRET_PREFIX), len(made[0]) - 1):
        assert len({secret[place] for secret in made}) == 64


def test_there_are_no_cors_headers(attacker: Party) -> None:
    """There are no CORS headers: a browser's preflight fails, and its scripts can't read an answer."""
    preflight = httpx.options(
        attacker.api.url + PATH, headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    )
    answer = attacker.api.http.get(PATH, headers={"Origin": "https://evil.example"})
    assert preflight.status_code == 405
    assert not [
        name for response in (preflight, answer) for name in response.headers if name.startswith("access-control")
    ]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
