"""JSON of vendors is read without the values that Postgres can't store."""

import json
from typing import Any

import pytest

from adapters.http.json import parse_json, parse_object_or_none
from domain.shipping import RawAnswer


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("plain", "plain"),
        ("Zoë 東京 🚚", "Zoë 東京 🚚"),
        ("a\0b", "ab"),
        ("\ud83d", ""),
        ("é\0 \udc00é", "é é"),
    ],
)
def test_strings_lose_characters_that_postgres_can_not_store(text: str, clean: str) -> None:
    """Keys and nested values too."""
    body = json.dumps({"errors": [{"message": text, text: 1}], "code": text}).encode()
    assert parse_json(body) == {"errors": [{"message": clean, clean: 1}], "code": clean}


def test_raw_surrogates_are_removed_too() -> None:
    """Python's decoder accepts them."""
    assert parse_json(b'"a\xed\xa0\xbdb"') == "ab"


@pytest.mark.parametrize("value", [None, True, 1.5, [], {}, [1, [2]]])
def test_any_other_value_is_unchanged(value: Any) -> None:
    assert parse_json(json.dumps(value)) == value


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999", "-1e999", "9" * 31, "-" + "9" * 400, "9" * 5000])
def test_a_number_out_of_bounds_becomes_null(number: str) -> None:
    """Calculations with it would overflow."""
    assert parse_json(f'{{"cost": {number}, "count": [1, -2.5]}}') == {"cost": None, "count": [1, -2.5]}


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b'{"a":' * 100_000, b"[1]"])
def test_a_body_that_is_not_an_object_is_none(body: bytes) -> None:
    """A deeply nested body is none too."""
    assert parse_object_or_none(RawAnswer(200, body)) is None
