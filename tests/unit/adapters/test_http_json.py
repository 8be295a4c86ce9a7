"""A vendor's JSON: what can't be kept is left out of it, and what is no JSON is told as such."""

import json
from typing import Any

import pytest

from adapters.http.json import parse_json, parse_object_or_none
from domain.shipping import RawAnswer


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("plain", "plain"),
        ("Zoë 東京 🚚", "Zoë 東京 🚚"),
        ("a\0b", "ab"),
        ("\ud83d", ""),
        ("é\0 \udc00é", "é é"),
    ],
)
def test_texts_are_such_as_postgres_holds(text: str, kept: str) -> None:
    """Wherever they stand."""
    body = json.dumps({"errors": [{"message": text, text: 1}], "code": text}).encode()
    assert parse_json(body) == {"errors": [{"message": kept, kept: 1}], "code": kept}


def test_halves_of_raw_bytes_too() -> None:
    """Python's decoder lets them pass."""
    assert parse_json(b'"a\xed\xa0\xbdb"') == "ab"


@pytest.mark.parametrize("value", [None, True, 1.5, [], {}, [1, [2]]])
def test_whatever_else_stays(value: Any) -> None:
    """As it is."""
    assert parse_json(json.dumps(value)) == value


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999", "-1e999", "9" * 31, "-" + "9" * 400, "9" * 5000])
def test_a_number_beyond_all_bounds_is_null(number: str) -> None:
    """What is computed with it would overflow."""
    assert parse_json(f'{{"cost": {number}, "count": [1, -2.5]}}') == {"cost": None, "count": [1, -2.5]}


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b'{"a":' * 100_000, b"[1]"])
def test_what_is_no_object_is_none(body: bytes) -> None:
    """Nested too deep, too."""
    assert parse_object_or_none(RawAnswer(200, body)) is None
