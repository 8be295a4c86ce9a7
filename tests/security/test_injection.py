"""Texts with SQL, control characters or odd JSON are stored unchanged, or rejected with the field's path."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from unicodedata import normalize
from urllib.parse import quote
from uuid import uuid4

import httpx
import psycopg
import pytest

from tests.e2e.bodies import GOOD, at, changed, texts
from tests.fixtures.api import LABEL, WAIT, Api, data, paths, refused
from tests.fixtures.builders import Json
from tests.fixtures.stack import Stack
from tests.security.conftest import Party

pytestmark = pytest.mark.alone

OPERATIONS = "/api/operations"
SQL = (
    "'; update orders set total = 0; --", "\\'; commit; --", "'||(select pg_sleep(3))||'", "$$; select pg_sleep(3); $$",
    "%(org)s", "%s%s%n", "{0.__class__}", "${jndi:ldap://x/}", "<script>{{7*7}}</script>", "`id`$(id)",
    "../../../etc/passwd", "__proto__", "\u202egnp.exe", "\ufeffa\u0301\u200b\ufffe", "-1e309", "null",
)  # fmt: skip
CONTROL_CHARACTERS = ("a\r\nX-Evil: 1", "a\nb", "a\tb", "\x1b[2J", "\x7f")
"""Control characters, which a one-line text must not contain."""

INPUTS: dict[str, Json] = {
    "update_order_status": {"status": "shipped", "reason": "x"},
    "create_shipment": {
        **LABEL, "label_format": "PDF",
        "parcels": [{"weight": "1", "weight_unit": "lb"}],
        "ship_from": {"name": "a", "street1": "b", "city": "c", "postal_code": "27713", "country": "US"},
    },
    "push_fulfillment": {"tracking_number": "1Z", "carrier": "ups", "line_items": [{"sku": "TEE", "quantity": 1}]},
}  # fmt: skip


@pytest.fixture
def check_victim_unharmed(
    running_stack: Stack, victim: Party, victim_state: Callable[[], dict[str, str]]
) -> Iterator[None]:
    """Check that the victim's rows are unchanged, its list still works, and the log has no error."""
    before, log = victim_state(), running_stack.data_dir / "logs" / "api.log"
    size = log.stat().st_size
    yield
    assert victim_state() == before
    errors = log.read_bytes()[size:].decode()
    assert "Error in" not in errors, errors
    assert victim.api.http.get("/api/orders").status_code == 200


def assert_fast(answer: httpx.Response, what: object) -> httpx.Response:
    assert answer.status_code < 500, (what, answer.text)
    assert answer.elapsed.total_seconds() < 2.5, what
    return answer


@pytest.mark.usefixtures("check_victim_unharmed")
@pytest.mark.parametrize("path", [path for path in GOOD if path != OPERATIONS])
def test_texts_are_stored_unchanged_or_rejected(attacker: Party, path: str) -> None:
    """An accepted text is returned unchanged, a rejected one is named by its path.

    Ids and SKUs are returned in Unicode's composed form, without surrounding blanks.
    """
    api = attacker.api
    for number, place in enumerate(texts(GOOD[path])):
        for text in (*SQL, *CONTROL_CHARACTERS)[number % 2 :: 2]:
            body = changed(GOOD[path], place, text)
            if "external_id" in body and place != ("external_id",):
                body["external_id"] = "injected"
            if "email" in body and place != ("email",):
                body["email"] = f"{uuid4().hex}@example.com"
            answer = assert_fast(api.http.post(path, json=body), (place, text))
            if answer.status_code == 422:
                named = paths(answer.json()["error"])
                assert named[0].startswith(".".join(map(str, place[:1]))), (place, text, named)
            elif "credentials" not in place:
                assert at(data(answer, answer.status_code), place) in (text, normalize("NFC", text).strip())
            assert "x-evil" not in answer.headers


@pytest.mark.usefixtures("check_victim_unharmed")
@pytest.mark.parametrize("kind", sorted(INPUTS))
def test_operation_inputs_are_stored_unchanged_or_rejected(attacker: Party, kind: str) -> None:
    api = attacker.api
    fields = {**INPUTS[kind], **({"bridge_id": attacker.ids["bridges"]} if kind == "push_fulfillment" else {})}
    body: Json = {"type": kind, "order_id": attacker.ids["orders"], "input": fields}
    for place in texts(body):
        for text in (*SQL, *CONTROL_CHARACTERS):
            answer = assert_fast(api.http.post(OPERATIONS, json=changed(body, place, text)), (place, text))
            if answer.status_code == 422:
                error = answer.json()["error"]
                assert error["code"] == "unknown_operation_type" or paths(error)[0].startswith(str(place[0])), error
            else:
                assert at(data(answer, 201), place) in (text, normalize("NFC", text).strip())


@pytest.mark.usefixtures("check_victim_unharmed")
def test_unknown_keys_in_a_body_are_rejected(attacker: Party) -> None:
    """Credentials and settings accept only known keys."""
    api = attacker.api
    for name in (
        *SQL,
        *CONTROL_CHARACTERS,
        "id",
        "organization_id",
        "credentials",
        "status",
        "base_url",
        "x" * 300,
        "",
    ):
        made = {"channel": "shopify", "name": "n", "mode": "test", "settings": {}, "credentials": {name: "x"}}
        refused(assert_fast(api.http.post("/api/bridges", json=made), name), 422, "invalid_input")
        path = f"/api/bridges/{attacker.ids['bridges']}"
        answer = assert_fast(api.http.patch(path, json={"settings": {name: "x"}}), name)
        refused(answer, 422, "invalid_input")
        refused(
            assert_fast(api.http.patch(path, json={name: "x"}), name), 422, "invalid_input"
        ) if name != "status" else None
    assert data(api.http.get(f"/api/bridges/{attacker.ids['bridges']}"))["channel"] == "shopify"


def parameters(api: Api) -> Iterator[tuple[str, str, bool]]:
    """Return path and name of every query parameter of a list, and whether it may be repeated."""
    others = ("/stream", "/{operation_id}", "/label", "/{document_id}")
    for path, methods in api.http.get("/openapi.json").json()["paths"].items():
        for parameter in methods.get("get", {}).get("parameters", []):
            if parameter["in"] == "query" and not path.endswith(others):
                yield path, parameter["name"], parameter["schema"].get("type") == "array"


def count(answer: httpx.Response) -> int:
    """Return the number of rows of a list, or of its page if the list has no total."""
    page = answer.json()
    return int(page["pagination"].get("total", len(page["data"])))


@pytest.mark.usefixtures("check_victim_unharmed")
def test_query_parameters_are_not_interpreted(attacker: Party) -> None:
    """Each value is rejected with the parameter's name, or finds only rows with exactly this value."""
    api, attempts = attacker.api, 0
    for path_format, name, is_repeatable in parameters(api):
        path = path_format.replace("{bulk_action_id}", attacker.ids["bulk-actions"])
        path = path.replace("{webhook_endpoint_id}", attacker.ids["webhook-endpoints"])
        whole = count(api.http.get(path))
        for text in (
            *SQL[::2],
            *CONTROL_CHARACTERS[::2],
            "created_at desc; select 1",
            "id",
            "organization_id",
            "1 or 1=1",
            "0x1",
            "1e2",
            "²",
            "９",
        ):
            answer = assert_fast(api.http.get(path, params={name: text}), (path, name, text))
            if answer.status_code == 400:
                assert refused(answer, 400, "invalid_request")["details"]["parameter"] == name
            elif name == "q":  # it finds rows by the start of an id or number
                assert count(answer) <= (whole if text.isalnum() else 1), (path, name, text)
            else:
                assert all(row[name] == text for row in answer.json()["data"]), (path, name, text)
                assert count(answer) <= 1, (path, name, text)
            attempts += 1
        assert count(api.http.get(path)) == whole
        repeated = () if is_repeatable else (f"?{name}=1&{name}=2",)
        operator = () if name == "metadata" else (f"?{name}[$ne]=1",)  # any text is a key of metadata
        for query in (*repeated, *operator, f"?{name}[]=1", f"?{name}%00=1", f"?{name};=1"):
            refused(api.http.get(path + query), 400, "invalid_request")
    assert attempts > 300


@pytest.mark.usefixtures("check_victim_unharmed")
@pytest.mark.parametrize(
    "page", ["2147483648", "9223372036854775807", "9223372036854775808", "9" * 30, "1" + "0" * 4000]
)
def test_a_huge_page_number_is_empty_or_rejected(attacker: Party, page: str) -> None:
    for path in ("/api/orders", OPERATIONS, "/api/api-keys"):
        answer = assert_fast(attacker.api.http.get(path, params={"page": page, "limit": "100"}), page)
        assert answer.status_code == 400 or answer.json()["data"] == []


@pytest.mark.usefixtures("check_victim_unharmed")
@pytest.mark.parametrize(
    "resource", ["operations", "operations/types", "orders", "shipments", "carrier-accounts", "bridges"]
)
def test_ids_in_paths_are_not_interpreted(attacker: Party, resource: str) -> None:
    """Every text in a path that is not an id gets 404, without file contents."""
    real = attacker.ids["orders"]
    variants = (f"{real}'", f"{real} ", f"{real}\x00", f"{{{real}}}", real.replace("-", ""), f"urn:uuid:{real}")
    for text in (*SQL, *CONTROL_CHARACTERS, *variants, "0", "-1", "*", "%", "x" * 5000):
        answer = assert_fast(attacker.api.http.get(f"/api/{resource}/{quote(text, safe='')}"), text)
        assert answer.status_code in (404, 405), (text, answer.text)
        assert "root:" not in answer.text
        assert len(answer.text) < 1000


@pytest.mark.usefixtures("check_victim_unharmed")
def test_headers_are_not_interpreted(attacker: Party) -> None:
    """SQL is a valid Idempotency-Key, an unreadable Prefer is ignored, and every answer is fast."""
    api = attacker.api
    for number, text in enumerate(text for text in SQL if text.isascii()):
        body = {"external_id": f"header-{number}"}
        first = assert_fast(api.http.post("/api/orders", json=body, headers={"Idempotency-Key": text}), text)
        second = assert_fast(api.http.post("/api/orders", json=body, headers={"Idempotency-Key": text}), text)
        assert (data(first, 201), second.headers["Idempotent-Replayed"]) == (second.json()["data"], "true")
    for header in ("Idempotency-Key", "Prefer", "X-Request-Id", "Accept", "If-None-Match", "X-Forwarded-Host", "Range"):
        for value in (*(text.encode() for text in SQL), b"\xff\xfe", b"wait=", b"x" * 5000, b"a\tb"):
            answer = assert_fast(api.http.get("/api/orders", headers=[(header.encode(), value)]), (header, value))
            assert answer.status_code in (200, 400), (header, value, answer.text)
    operation = api.status_change()
    for wish in (
        "wait=-1",
        "wait=1e9",
        "wait=NaN",
        "wait=1;wait=2",
        "wait='1'",
        "wait=0x1",
        f"wait={'9' * 400}",
        "wait",
    ):
        started = time.monotonic()
        api.http.post(f"{OPERATIONS}/{operation['id']}/execute", headers={"Prefer": wish})
        assert time.monotonic() - started < 30, wish


NUMBERS = ("1e400", "-1e400", "9" * 4000, "-0", "1E+9", "0.1e-400", str(2**64), str(-(2**63) - 1), "1.0")
ODD_JSON = (
    b'{"external_id":"a","external_id":"b"}', b'{"external_id":"a","\\u0065xternal_id":"b"}',
    b'{"__proto__":{"external_id":"a"}}', b'{"constructor":{"prototype":{"x":1}},"external_id":"a"}',
    b'{"external_id":"a","customer":{"__proto__":null}}', b'{"external_id":{"$ne":null}}', b'{"external_id":["a"]}',
    b'{"external_id":"\\ud800"}', b'{"external_id":"\\udc00\\ud800"}', b'{"external_id":"\\u0000"}', b'{"\\u0000":1}',
    b'{"external_id":"a","line_items":' + b"[" * 40 + b"]" * 40 + b"}", b'{"external_id":"a"}\x00', b"\x00{}",
    b'{"external_id":"a"}{"external_id":"b"}', b'{"external_id":"a",}', b"{'external_id':'a'}", b'{"external_id":tru}',
    b'{"external_id":"a"/*x*/}', b'["external_id","a"]', b'{"external_id":"' + b"a" * 900_000 + b'"}',
    b'{"external_id":"a","line_items":[' + b'{"quantity":1},' * 20_000 + b'{"quantity":1}]}',
    b"{" + b",".join(b'"k%d":1' % number for number in range(50_000)) + b"}", b'{"a":' * 5000,
    b'{"external_id":"a","customer":' + b'{"name":' * 100 + b"1" + b"}" * 101,
)  # fmt: skip


@pytest.mark.usefixtures("check_victim_unharmed")
@pytest.mark.parametrize("content", ODD_JSON, ids=lambda content: repr(content[:40]))
def test_odd_json_is_rejected_fast_with_a_short_error(attacker: Party, content: bytes) -> None:
    """Repeated keys, prototypes, lone surrogates, deep and long values get a short error with the reason."""
    answer = attacker.api.http.post("/api/orders", content=content, headers={"Content-Type": "application/json"})
    error = assert_fast(answer, content[:40]).json()["error"]
    assert (answer.status_code, error["code"]) in ((400, "malformed_json"), (422, "invalid_input"))
    assert error["code"] == "malformed_json" or error["details"]["fields"][0]["message"]
    assert len(answer.content) < 20_000


@pytest.mark.usefixtures("check_victim_unharmed")
@pytest.mark.parametrize("number", NUMBERS)
def test_ambiguous_numbers_are_rejected(attacker: Party, number: str) -> None:
    """A quantity is an integer from 0 to a million, and a timeout a number within its bounds."""
    for path, content in (
        ("/api/orders", f'{{"external_id":"n","line_items":[{{"quantity":{number}}}]}}'),
        (
            "/api/bridges",
            f'{{"channel":"shopify","name":"n","mode":"test","settings":{{"read_timeout_seconds":{number}}}}}',
        ),
    ):
        if (path, number) in (("/api/bridges", "1.0"), ("/api/orders", "-0")):
            continue  # valid: a timeout of one second, and a fully refunded line
        answer = attacker.api.http.post(path, content=content, headers={"Content-Type": "application/json"})
        assert assert_fast(answer, number).status_code in (400, 422), (path, answer.text)


@pytest.mark.usefixtures("check_victim_unharmed")
def test_a_reason_is_logged_unchanged(attacker: Party) -> None:
    """The log of an undo contains the reason unchanged."""
    api = attacker.api
    for text in SQL[:6]:
        completed = api.done(api.status_change())
        undone = data(api.http.post(f"{OPERATIONS}/{completed['id']}/undo", json={"reason": text}, headers=WAIT))
        assert undone["status"] == "undone"
        started = next(entry for entry in undone["logs"] if entry["event"] == "operation.undo_started")
        assert started["details"]["reason"] == text


def test_injected_sql_is_stored_as_text(attacker: Party, running_stack: Stack) -> None:
    """The table still exists and contains the text unchanged."""
    text = f"{uuid4()}'; drop table orders; --"
    made = data(attacker.api.http.post("/api/orders", json={"external_id": text, "order_number": text}), 201)
    with psycopg.connect(running_stack.info["database_url"]) as connection:
        row: Any = connection.execute(
            "select external_id, order_number from orders where id = %s", (made["id"],)
        ).fetchone()
    assert row == (text, text)
    found = attacker.api.http.get("/api/orders", params={"external_id": text}).json()
    assert json.dumps(found).count(made["id"]) == 1
