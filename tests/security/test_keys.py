"""Keys that are guessed, cut, lengthened, mixed, sent twice or over: none opens anything, none tells anything."""

import hashlib
import logging
import string
from typing import Any

import httpx
import psycopg
import pytest

from api.http.auth import PREFIX_CHARACTERS, SECRET_PREFIX, Scope, new_secret
from tests.fixtures.api import REQUEST_ID, data, refused
from tests.fixtures.builders import Json
from tests.fixtures.in_process_api import ApiClient
from tests.fixtures.rows import Rows
from tests.fixtures.stack import Stack
from tests.security.conftest import Side

PATH = "/api/orders"
LETTERS = string.ascii_letters + string.digits + "-_"


def send_key(side: Side, *headers: str) -> tuple[int, str]:
    """Send these Authorization headers; return what was answered, without the request's id."""
    answer = side.nobody.get(PATH, headers=[("Authorization", header) for header in headers])
    return answer.status_code, answer.text.replace(answer.headers["X-Request-Id"], "")


def test_of_a_key_only_its_hash_is_stored(attacker: Side, running_stack: Stack) -> None:
    """SHA-256 of the whole secret, by which it is found; the start that people see leaves more than 200 bits."""
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
    assert found[0]["prefix"] == secret[:PREFIX_CHARACTERS] == made["prefix"]
    assert secret[PREFIX_CHARACTERS:] not in str(found[0])
    assert (len(secret) - PREFIX_CHARACTERS) * 6 > 200
    assert unique == (1,)


def test_no_part_of_a_key_opens_anything(attacker: Side) -> None:
    """Cut at each end at each length, lengthened, one character changed, in another case: all the same answer."""
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


def test_two_keys_dont_make_a_third(attacker: Side, victim: Side) -> None:
    """The start of one organization's with the rest of another's, at each place."""
    one, other = attacker.api.key, victim.api.key
    mixed = {one[:place] + other[place:] for place in range(8, len(one))} - {one, other}
    mixed |= {other[:place] + one[place:] for place in range(8, len(one))} - {one, other}

    assert {send_key(attacker, f"Bearer {key}")[0] for key in mixed} == {401}
    for headers in ((f"Bearer {one}", f"Bearer {other}"), (f"Bearer {one}", f"Bearer {one}"), ("", f"Bearer {other}")):
        assert send_key(attacker, *headers)[0] == 401, "of two keys none is taken: a proxy may have looked at the other"


def test_ended_keys_stay_ended(attacker: Side, ended: dict[str, str], running_stack: Stack) -> None:
    """A revoked key is not unrevoked by revoking it again, nor does anything of it but the whole tell that it was."""
    for name, code in (("revoked", "key_revoked"), ("expired", "key_expired")):
        secret = ended[name]
        refused(attacker.nobody.get(PATH, headers={"Authorization": f"Bearer {secret}"}), 401, code)
        for guess in (secret[:-1], secret + "A", secret[:20] + "A" * (len(secret) - 20)):
            answer = attacker.nobody.get(PATH, headers={"Authorization": f"Bearer {guess}"})
            refused(answer, 401, "unauthorized")
    with psycopg.connect(running_stack.info["database_url"]) as connection:
        found = connection.execute("select id, revoked_at from api_keys where revoked_at is not null").fetchall()
    for ident, revoked_at in found:
        again = attacker.api.http.delete(f"/api/api-keys/{ident}")
        if again.status_code == 200:
            assert data(again)["revoked_at"][:19] == f"{revoked_at:%Y-%m-%dT%H:%M:%S}"


def test_a_key_gives_away_no_more_than_it_has(attacker: Side) -> None:
    """Not by repeating, misspelling or nesting a scope either; and none can be put into another organization."""
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
        answer = attacker.nobody.post("/api/api-keys", json=body, headers={"Authorization": f"Bearer {manager}"})
        assert answer.status_code in (403, 422), (body, answer.text)


async def test_guesses_neither_use_up_nor_lock_out_a_key(client: ApiClient, rows: Rows) -> None:
    """Each known key has a limit of its own, and every call with it counts."""
    client.use_app(client.new_app(requests_per_second=0.001, burst=3))
    right, narrow = client.secret, rows.insert_key(Scope.SHIPMENTS_READ)

    async def statuses(secret: str, calls: int) -> list[int]:
        client.secret = secret
        return [(await client.call("GET", PATH)).status_code for _ in range(calls)]

    assert set(await statuses(right[:-1], 50)) == {401}
    assert await statuses(right, 4) == [200, 200, 200, 429]
    assert await statuses(narrow, 4) == [403, 403, 403, 429]


async def test_an_internal_error_logs_no_line_of_the_caller(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A path with a line break stays one line, without key, body and the error's own words."""

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


@pytest.mark.parametrize("given", ["a b", "<script>", "a" * 101, "%0d%0a", "${jndi:ldap://x}"])
def test_a_strange_request_id_is_replaced(attacker: Side, given: str) -> None:
    answer = attacker.api.http.get(PATH, headers={"X-Request-Id": given})
    assert answer.headers["X-Request-Id"] != given
    assert REQUEST_ID.fullmatch(answer.headers["X-Request-Id"])


def test_secrets_are_random() -> None:
    """Two thousand of them, and each character at each place varies."""
    made = [new_secret() for _ in range(2000)]
    assert len(set(made)) == len(made)
    for place in range(len(SECRET_PREFIX), len(made[0]) - 1):
        assert len({secret[place] for secret in made}) == 64


def test_no_page_of_another_site_may_call_with_a_key(attacker: Side) -> None:
    """No CORS: a browser lets nobody's script read an answer, and asks in vain whether it may send one."""
    asked = httpx.options(
        attacker.api.url + PATH, headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    )
    answer = attacker.api.http.get(PATH, headers={"Origin": "https://evil.example"})
    assert asked.status_code == 405
    assert not [name for response in (asked, answer) for name in response.headers if name.startswith("access-control")]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
