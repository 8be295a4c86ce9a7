"""The API accepts or rejects odd values in every field, with the field's path and never with a 500."""

import json
import math
from typing import Any

import httpx
import pytest

from domain.orders import normalize_sku
from tests.e2e.bodies import BODIES, GOOD, OPERATIONS, assert_no_internal_error, at, changed, leaves, post
from tests.fixtures.api import Api, paths, refused
from tests.fixtures.stack import Stack

ODD: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 1e300, 2**63, 10**400, "", " ", "\x00", "a\x00b", [], {}, [[]], ["x"], {"x": 1}, "💩" * 300,
)  # fmt: skip


def is_taken(answer: httpx.Response) -> bool:
    """Return whether an earlier call has added the user with this e-mail address."""
    return answer.status_code == 409 and answer.json()["error"]["code"] == "user_exists"


@pytest.mark.parametrize("path", BODIES)
def test_odd_values_in_every_field(api: Api, path: str) -> None:
    """Each value is accepted and stored, or rejected with the field's path; it never causes a 500."""
    for place in leaves(GOOD[path]):
        for odd in ODD:
            body = changed(GOOD[path], place, odd)
            answer = post(api, path, json.dumps(body).encode())
            assert answer.status_code in (200, 201, 422) or is_taken(answer), (place, odd, answer.text)
            if answer.status_code == 422:
                error = answer.json()["error"]
                assert error["code"] in ("invalid_input", "unknown_operation_type"), (place, odd, error)
                assert len(answer.content) < 20_000
            elif isinstance(odd, str) and "credentials" not in place:
                assert "\x00" not in odd
                assert normalize_sku(odd) in answer.text


@pytest.mark.parametrize("path", BODIES)
def test_unknown_fields_are_rejected_at_every_depth(api: Api, path: str) -> None:
    """The error names exactly the unknown field."""
    body = GOOD[path]
    for place in [(), *leaves(body)]:
        if isinstance(at(body, place), dict) and place[-1:] not in (("credentials",),):
            wrong = changed(body, (*place, "__proto__"), 1)
            if path == OPERATIONS and place == ("input",):
                wrong["order_id"] = api.info["demo"]["order_id"]
            named = paths(refused(api.http.post(path, json=wrong), 422, "invalid_input"))
            assert named == [".".join(map(str, (*place, "__proto__")))], (place, named)


def test_null_characters_and_lone_surrogates_are_rejected(api: Api) -> None:
    """Postgres can store neither of them, in values or in names."""
    for escaped in (b"\\u0000", b"\\ud800", b"\\udfff\\ud800"):
        content = b'{"external_id": "n", "customer": {"name": "a' + escaped + b'"}}'
        assert paths(refused(post(api, "/api/orders", content), 422, "invalid_input")) == ["customer.name"]
        content = b'{"external_id": "n", "a' + escaped + b'": 1}'
        refused(post(api, "/api/orders", content), 422, "invalid_input")
        content = b'{"type": "update_order_status", "input": {"status": "shipped", "reason": "' + escaped + b'"}}'
        assert paths(refused(post(api, OPERATIONS, content), 422, "invalid_input")) == ["input.reason"]


def test_characters_outside_the_basic_plane_are_stored(api: Api) -> None:
    """The response repeats the name, sent as escaped surrogate pairs or as UTF-8."""
    name = "Zoë 💩 \u202eחנה"
    for escape in (True, False):
        body = json.dumps({"external_id": "unicode", "customer": {"name": name}}, ensure_ascii=escape).encode()
        answer = post(api, "/api/orders", body)
        assert answer.json()["data"]["customer"]["name"] == name


def test_an_amount_must_be_a_decimal_string(api: Api) -> None:
    """Numbers and other notations are rejected, never rounded."""
    for bad in (1.1, 1, "1e3", "0x1", "-1", "1.234", "NaN", "9" * 50, "٣", "1_0", ".5", "1.", "01"):
        answer = api.http.post("/api/orders", json={"external_id": "money", "total": bad})
        assert paths(refused(answer, 422, "invalid_input")) == ["total"], bad
    answer = api.http.post("/api/orders", json={"external_id": "money", "total": "999999999999.99"})
    assert answer.json()["data"]["total"] == "999999999999.99"


def test_an_expiry_must_be_a_future_rfc_3339_time(api: Api) -> None:
    """A time without a zone, in the past or outside the supported years is rejected."""
    for bad in (1, "2099-01-01", "2099-01-01T00:00:00", "tomorrow", "2099-13-01T00:00:00Z", "2000-01-01T00:00:00Z",
                "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", math.pi):  # fmt: skip
        body = {"name": "A", "scopes": ["operations:read"], "expires_at": bad}
        answer = api.http.post("/api/api-keys", json=body)
        assert paths(refused(answer, 422, "invalid_input")) == ["expires_at"], bad


def test_an_unknown_service_is_rejected_with_the_known_services(api: Api) -> None:
    fields = {"carrier": "usps", "service": "GROUND_HOME_DELIVERY"}
    body = {"type": "create_shipment", "order_id": api.info["demo"]["order_id"], "input": fields}
    error = refused(api.http.post(OPERATIONS, json=body), 422, "invalid_input")
    assert paths(error) == ["input.service"]
    assert "GROUND_ADVANTAGE" in error["details"]["fields"][0]["message"]


@pytest.mark.parametrize("secret", ["💩", "a\nX-Evil: 1", "a\r\n\r\nGET / HTTP/1.1"])
def test_credentials_that_no_header_can_carry_are_rejected(api: Api, secret: str) -> None:
    """The PATCH fails, and the error does not contain the secret."""
    path = f"/api/carrier-accounts/{api.account()['id']}"
    answer = api.http.patch(path, json={"credentials": {"api_key": secret}})
    assert paths(refused(answer, 422, "invalid_input")) == ["credentials.api_key"]
    assert secret not in answer.text


def test_no_request_caused_an_internal_error(running_stack: Stack) -> None:
    assert_no_internal_error(running_stack)
