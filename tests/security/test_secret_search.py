"""The search finds planted secrets in every encoding."""

import base64
import json
from urllib.parse import quote

import pytest

from tests.security.secret_search import find_places

SECRET = "Ünmistakable/7f+3c secret"


@pytest.mark.parametrize("before", [b"", b"x", b"xy", b"xyz"])
@pytest.mark.parametrize("after", [b"", b"x", b"xy"])
def test_a_planted_secret_is_found_in_each_encoding(before: bytes, after: bytes) -> None:
    whole = before + SECRET.encode() + after
    planted = {
        "plain": whole,
        "base64": b"{" + base64.b64encode(whole) + b"}",
        "url-safe base64": base64.urlsafe_b64encode(whole),
        "hex": whole.hex().encode(),
        "json": json.dumps({"a": SECRET}).encode(),
        "url": quote(SECRET).encode(),
        "utf-16": SECRET.encode("utf-16-le"),
        "innocent": b"Unmistakable" + SECRET[1:-1].encode(),
    }

    assert find_places(SECRET, planted) == set(planted) - {"innocent"}
