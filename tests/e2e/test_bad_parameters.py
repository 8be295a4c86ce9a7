"""The API rejects bad query parameters with 400 and names each of them."""

import time

import pytest

from tests.e2e.endpoints import SOME
from tests.fixtures.api import Api, refused

OPERATIONS = "/api/operations"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"), ("limit", "101"), ("limit", "-1"), ("limit", "abc"), ("limit", "1.0"), ("limit", "1e1"),
        ("limit", ""), ("limit", " 5"), ("limit", "+5"), ("limit", "1_0"), ("limit", "٣"), ("limit", "0x10"),
        ("limit", "9" * 400), ("page", "0"), ("page", "-1"), ("page", "abc"), ("page", "9" * 400),
        ("status", "done"), ("status", "COMPLETED"), ("status", ""), ("status", "completed,failed"),
        ("sort", "input"), ("sort", "-created_at"), ("sort", "created_at;drop table operations"), ("sort", "id"),
        ("order", "up"), ("order", "DESC"), ("order_id", "1"), ("order_id", "not-a-uuid"), ("order_id", SOME + "0"),
        ("order_id", "' or 1=1 --"), ("attention", "maybe"), ("type", ""), ("type", "a\x00b"), ("type", "x" * 201),
        ("colour", "red"), ("Limit", "5"), ("limit[]", "5"),
    ],
)  # fmt: skip
def test_a_bad_parameter_is_named(api: Api, name: str, value: str) -> None:
    """The API neither clamps nor ignores a bad value."""
    error = refused(api.http.get(OPERATIONS, params={name: value}), 400, "invalid_request")
    assert error["details"]["parameter"] == name
    assert [parameter["parameter"] for parameter in error["details"]["parameters"]] == [name]


def test_the_error_names_every_bad_parameter(api: Api) -> None:
    answer = api.http.get(OPERATIONS, params={"limit": "0", "page": "0", "status": "x", "sort": "y", "order": "z"})
    named = {parameter["parameter"] for parameter in refused(answer, 400, "invalid_request")["details"]["parameters"]}
    assert named == {"limit", "page", "status", "sort", "order"}


def test_a_repeated_parameter_is_rejected(api: Api) -> None:
    error = refused(api.http.get(OPERATIONS + "?limit=5&limit=6"), 400, "invalid_request")
    assert error["details"]["parameter"] == "limit"


@pytest.mark.parametrize(
    "path", ["/api/orders", "/api/shipments", "/api/carrier-accounts", "/api/bridges", "/api/api-keys", "/api/users"]
)
@pytest.mark.parametrize(("name", "value"), [("limit", "101"), ("page", "0"), ("sort", "secret"), ("order", "x")])
def test_all_lists_reject_bad_parameters(api: Api, path: str, name: str, value: str) -> None:
    error = refused(api.http.get(path, params={name: value}), 400, "invalid_request")
    assert error["details"]["parameter"] == name


@pytest.mark.alone
def test_rejections_are_fast(api: Api) -> None:
    """20 rejected requests take less than 2 s."""
    started = time.monotonic()
    for _ in range(20):
        refused(api.http.get(OPERATIONS, params={"limit": 0}), 400, "invalid_request")
    assert time.monotonic() - started < 2
