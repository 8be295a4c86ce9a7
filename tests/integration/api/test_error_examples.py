"""Tests provoke every declared error and compare its code, message, details and status with its class."""

import re

import pytest
from pydantic_core import to_jsonable_python

from api.http import errors as call
from api.http.errors import list_errors, status_of
from domain.errors import DomainError
from tests.fixtures.examples import Recorder, difference
from tests.fixtures.real_service import LiveShop
from tests.integration.api import operation_error_cases, resource_error_cases

CASES = {**resource_error_cases.CASES, **operation_error_cases.CASES}


def test_every_declared_error_is_provoked() -> None:
    assert set(CASES) == set(list_errors())


@pytest.mark.parametrize("error", list(list_errors()), ids=lambda error: error.__name__)
async def test_the_example_is_a_real_answer(error: type[DomainError], live_shop: LiveShop) -> None:
    document = (await live_shop.call("GET", "/openapi.json")).json()
    response = await CASES[error](live_shop)
    real, example = response.json()["error"], error(**error.example)

    assert (response.status_code, real["code"]) == (status_of(error), error.code)
    assert fits(error, real["message"])
    assert fits(error, example.message)
    assert difference(to_jsonable_python(example.details), real["details"]) is None
    assert real["request_id"] == response.headers["X-Request-Id"]
    if error not in (call.PathNotFound, call.MethodNotAllowed):
        documented = Recorder(document, "").operation(response.request)["responses"][str(response.status_code)]
        assert error.code in documented["content"]["application/json"]["examples"]
        assert {name.lower() for name in documented["headers"]} <= set(response.headers)


def fits(error: type[DomainError], message: str) -> bool:
    """Whether the message has the form of the error's template."""
    return re.fullmatch(re.sub(r"\\{.*?\\}", ".+", re.escape(error.template)), message) is not None
