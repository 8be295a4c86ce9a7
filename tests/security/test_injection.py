"""Text that means something elsewhere, wherever a caller may put text: a value, or refused by its field's name."""

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

from tests.e2e.bodies import GOOD, at, changed, leaves
from tests.fixtures.api import LABEL, WAIT, Api, data, paths, refused
from tests.fixtures.builders import Json
from tests.fixtures.stack import Stack
from tests.security.conftest import Side

pytestmark = pytest.mark.alone

OPERATIONS = "/api/operations"
SQL = (
    "'; update orders set total = 0; --", "\\'; commit; --", "'||(select pg_sleep(3))||'", "$$; select pg_sleep(3); $$",
    "%(org)s", "%s%s%n", "{0.__class__}", "${jndi:ldap://x/}", "<script>{{7*7}}</script>", "`id`$(id)",
    "../../../etc/passwd", "__proto__", "\u202egnp.exe", "\ufeffa\u0301\u200b\ufffe", "-1e309", "null",
)  # fmt: skip
BROKEN = ("a\r\nX-Evil: 1", "a\nb", "a\tb", "\x1b[2J", "\x7f")
"""Control characters: a text in one line may not hold them, a text in several may."""

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
def unharmed(running_stack: Stack, victim: Side, state: Callable[[], dict[str, str]]) -> Iterator[None]:
    """Nothing of the other organization changed, no table went, and the log tells of no mistake."""
    before, log = state(), running_stack.data_dir / "logs" / "api.log"
    size = log.stat().st_size
    yield
    assert state() == before
    said = log.read_bytes()[size:].decode()
    assert "Error in" not in said, said
    assert victim.api.http.get("/api/orders").status_code == 200


def texts(body: Json) -> list[tuple[str | int, ...]]:
    return [place for place in leaves(body) if isinstance(at(body, place), str)]


def quick(answer: httpx.Response, what: object) -> httpx.Response:
    assert answer.status_code < 500, (what, answer.text)
    assert answer.elapsed.total_seconds() < 2.5, what
    return answer


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("path", [path for path in GOOD if path != OPERATIONS])
def test_texts_are_kept_as_they_are_or_named(attacker: Side, path: str) -> None:
    """In each text of each body: what is taken comes back as it was sent, what is not is named by its path.

    Ids and SKUs come back in Unicode's composed form, without blanks around them.
    """
    api = attacker.api
    for number, place in enumerate(texts(GOOD[path])):
        for text in (*SQL, *BROKEN)[number % 2 :: 2]:
            body = changed(GOOD[path], place, text)
            if "external_id" in body and place != ("external_id",):
                body["external_id"] = "injected"
            answer = quick(api.http.post(path, json=body), (place, text))
            if answer.status_code == 422:
                named = paths(answer.json()["error"])
                assert named[0].startswith(".".join(map(str, place[:1]))), (place, text, named)
            elif "credentials" not in place:
                assert at(data(answer, answer.status_code), place) in (text, normalize("NFC", text).strip())
            assert "x-evil" not in answer.headers


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("kind", sorted(INPUTS))
def test_inputs_of_operations_are_kept_or_named(attacker: Side, kind: str) -> None:
    api = attacker.api
    given = {**INPUTS[kind], **({"bridge_id": attacker.ids["bridges"]} if kind == "push_fulfillment" else {})}
    body: Json = {"type": kind, "order_id": attacker.ids["orders"], "input": given}
    for place in texts(body):
        for text in (*SQL, *BROKEN):
            answer = quick(api.http.post(OPERATIONS, json=changed(body, place, text)), (place, text))
            if answer.status_code == 422:
                error = answer.json()["error"]
                assert error["code"] == "unknown_operation_type" or paths(error)[0].startswith(str(place[0])), error
            else:
                assert at(data(answer, 201), place) in (text, normalize("NFC", text).strip())


@pytest.mark.usefixtures("unharmed")
def test_names_in_a_body_are_names(attacker: Side) -> None:
    """Where a caller chooses a key, as for credentials and settings, only the known ones are taken."""
    api = attacker.api
    for name in (*SQL, *BROKEN, "id", "organization_id", "credentials", "status", "base_url", "x" * 300, ""):
        made = {"channel": "shopify", "name": "n", "mode": "test", "settings": {}, "credentials": {name: "x"}}
        refused(quick(api.http.post("/api/bridges", json=made), name), 422, "invalid_input")
        path = f"/api/bridges/{attacker.ids['bridges']}"
        answer = quick(api.http.patch(path, json={"settings": {name: "x"}}), name)
        refused(answer, 422, "invalid_input")
        refused(quick(api.http.patch(path, json={name: "x"}), name), 422, "invalid_input") if name != "status" else None
    assert data(api.http.get(f"/api/bridges/{attacker.ids['bridges']}"))["channel"] == "shopify"


def parameters(api: Api) -> Iterator[tuple[str, str]]:
    """Return path and name of each query parameter of each list."""
    for path, methods in api.http.get("/openapi.json").json()["paths"].items():
        for parameter in methods.get("get", {}).get("parameters", []):
            if parameter["in"] == "query":
                yield path, parameter["name"]


@pytest.mark.usefixtures("unharmed")
def test_no_parameter_changes_a_query(attacker: Side) -> None:
    """Each parameter of each list, sort, order and page among them: refused by name, or it finds only itself."""
    api, tried = attacker.api, 0
    for path, name in parameters(api):
        whole = api.http.get(path).json()["pagination"]["total"]
        for text in (
            *SQL[::2],
            *BROKEN[::2],
            "created_at desc; select 1",
            "id",
            "organization_id",
            "1 or 1=1",
            "0x1",
            "1e2",
            "²",
            "９",
        ):
            answer = quick(api.http.get(path, params={name: text}), (path, name, text))
            if answer.status_code == 400:
                assert refused(answer, 400, "invalid_request")["details"]["parameter"] == name
            else:
                assert all(shown[name] == text for shown in answer.json()["data"]), (path, name, text)
                assert answer.json()["pagination"]["total"] <= 1, (path, name, text)
            tried += 1
        assert api.http.get(path).json()["pagination"]["total"] == whole
        for double in (f"?{name}=1&{name}=2", f"?{name}[$ne]=1", f"?{name}[]=1", f"?{name}%00=1", f"?{name};=1"):
            refused(api.http.get(path + double), 400, "invalid_request")
    assert tried > 300


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize(
    "page", ["2147483648", "9223372036854775807", "9223372036854775808", "9" * 30, "1" + "0" * 4000]
)
def test_a_page_beyond_all_numbers_is_empty_or_refused(attacker: Side, page: str) -> None:
    for path in ("/api/orders", OPERATIONS, "/api/api-keys"):
        answer = quick(attacker.api.http.get(path, params={"page": page, "limit": "100"}), page)
        assert answer.status_code == 400 or answer.json()["data"] == []


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize(
    "resource", ["operations", "operations/types", "orders", "shipments", "carrier-accounts", "bridges"]
)
def test_no_id_in_a_path_is_more_than_an_id(attacker: Side, resource: str) -> None:
    """404, for what is in the path is a value; and nothing of it is a place in the file system or the database."""
    real = attacker.ids["orders"]
    disguised = (f"{real}'", f"{real} ", f"{real}\x00", f"{{{real}}}", real.replace("-", ""), f"urn:uuid:{real}")
    for text in (*SQL, *BROKEN, *disguised, "0", "-1", "*", "%", "x" * 5000):
        answer = quick(attacker.api.http.get(f"/api/{resource}/{quote(text, safe='')}"), text)
        assert answer.status_code in (404, 405), (text, answer.text)
        assert "root:" not in answer.text
        assert len(answer.text) < 1000


@pytest.mark.usefixtures("unharmed")
def test_headers_are_values(attacker: Side) -> None:
    """An Idempotency-Key of SQL is one key as another; what Prefer can't mean is passed over; all of it soon."""
    api = attacker.api
    for number, text in enumerate(text for text in SQL if text.isascii()):
        body = {"external_id": f"header-{number}"}
        first = quick(api.http.post("/api/orders", json=body, headers={"Idempotency-Key": text}), text)
        second = quick(api.http.post("/api/orders", json=body, headers={"Idempotency-Key": text}), text)
        assert (data(first, 201), second.headers["Idempotent-Replayed"]) == (second.json()["data"], "true")
    for header in ("Idempotency-Key", "Prefer", "X-Request-Id", "Accept", "If-None-Match", "X-Forwarded-Host", "Range"):
        for value in (*(text.encode() for text in SQL), b"\xff\xfe", b"wait=", b"x" * 5000, b"a\tb"):
            answer = quick(api.http.get("/api/orders", headers=[(header.encode(), value)]), (header, value))
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
        begun = time.monotonic()
        api.http.post(f"{OPERATIONS}/{operation['id']}/execute", headers={"Prefer": wish})
        assert time.monotonic() - begun < 30, wish


NUMBERS = ("1e400", "-1e400", "9" * 4000, "-0", "1E+9", "0.1e-400", str(2**64), str(-(2**63) - 1), "1.0")
TANGLED = (
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


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("content", TANGLED, ids=lambda content: repr(content[:40]))
def test_tangled_json_is_refused_soon_and_in_few_words(attacker: Side, content: bytes) -> None:
    """Repeated keys, prototypes, half characters, depths and lengths: refused, with what is wrong and where."""
    answer = attacker.api.http.post("/api/orders", content=content, headers={"Content-Type": "application/json"})
    error = quick(answer, content[:40]).json()["error"]
    assert (answer.status_code, error["code"]) in ((400, "malformed_json"), (422, "invalid_input"))
    assert error["code"] == "malformed_json" or error["details"]["fields"][0]["message"]
    assert len(answer.content) < 20_000


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_that_mean_different_things_are_refused(attacker: Side, number: str) -> None:
    """A quantity is a whole number from 0 to a million, and a time-out a number within its bounds."""
    for path, content in (
        ("/api/orders", f'{{"external_id":"n","line_items":[{{"quantity":{number}}}]}}'),
        (
            "/api/bridges",
            f'{{"channel":"shopify","name":"n","mode":"test","settings":{{"read_timeout_seconds":{number}}}}}',
        ),
    ):
        if (path, number) in (("/api/bridges", "1.0"), ("/api/orders", "-0")):
            continue  # a time-out of a second; a line that was refunded in full
        answer = attacker.api.http.post(path, content=content, headers={"Content-Type": "application/json"})
        assert quick(answer, number).status_code in (400, 422), (path, answer.text)


@pytest.mark.usefixtures("unharmed")
def test_a_reason_is_logged_as_it_was_given(attacker: Side) -> None:
    """What a person says goes into the log of an append-only table, whatever it looks like."""
    api = attacker.api
    for text in SQL[:6]:
        done = api.done(api.status_change())
        undone = data(api.http.post(f"{OPERATIONS}/{done['id']}/undo", json={"reason": text}, headers=WAIT))
        assert undone["status"] == "undone"
        started = next(entry for entry in undone["logs"] if entry["event"] == "operation.undo_started")
        assert started["details"]["reason"] == text


def test_what_was_injected_is_data(attacker: Side, running_stack: Stack) -> None:
    """The tables stand, and the texts are in them as they were sent."""
    text = f"{uuid4()}'; drop table orders; --"
    made = data(attacker.api.http.post("/api/orders", json={"external_id": text, "order_number": text}), 201)
    with psycopg.connect(running_stack.info["database_url"]) as connection:
        row: Any = connection.execute(
            "select external_id, order_number from orders where id = %s", (made["id"],)
        ).fetchone()
    assert row == (text, text)
    found = attacker.api.http.get("/api/orders", params={"external_id": text}).json()
    assert json.dumps(found).count(made["id"]) == 1
