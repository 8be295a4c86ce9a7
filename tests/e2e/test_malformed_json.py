"""The API rejects malformed JSON and unsupported content types."""

import pytest

from tests.e2e.bodies import BODIES, OPERATIONS, assert_no_internal_error, post
from tests.fixtures.api import Api, refused
from tests.fixtures.stack import Stack


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize(
    "content",
    [
        b"", b" ", b"{", b'{"type":', b"{'type': 'x'}", b'{"a":1,}', b'{"a":1} {"b":2}', b"\xef\xbb\xbf{}",
        b'{"a":"\xff"}', b'{"a":"\xc0\xaf"}', b'{"a":"\xed\xa0\x80"}', '{"a":1}'.encode("utf-16"),
        b'{"a":NaN}', b'{"a":Infinity}', b'{"a":-Infinity}', b'{"a":1e999}', b'{"type":"x","type":"y","input":{}}',
        b'{"input":{"a":1,"a":1}}', b"[" * 10_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}", b'{"a":"\n"}', b'{"a":"\\x00"}', b'{"a":01}',
        b'{"a":' + b"9" * 5_000 + b"}", b"<a/>", b"a=1&b=2",
    ],
    ids=lambda content: repr(content[:24]),
)  # fmt: skip
@pytest.mark.alone
def test_malformed_json_is_rejected(api: Api, path: str, content: bytes) -> None:
    """The status is 400, or 422 for valid JSON that is nested too deeply; the response takes less than 2 s."""
    answer = post(api, path, content)
    code = {400: "malformed_json", 422: "invalid_input"}.get(answer.status_code, "")
    refused(answer, answer.status_code, code)
    assert answer.elapsed.total_seconds() < 2


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("content", [b"null", b"true", b"1", b'"text"', b"[]", b"[{}]"])
def test_json_other_than_an_object_is_rejected(api: Api, path: str, content: bytes) -> None:
    refused(post(api, path, content), 422, "invalid_input")


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml",
     "application/jsonp", "x", ""],
)  # fmt: skip
def test_another_content_type_is_rejected(api: Api, kind: str) -> None:
    refused(api.http.post(OPERATIONS, content=b"{}", headers={"Content-Type": kind}), 415, "unsupported_media_type")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON", "application/json;charset=x"])
def test_a_content_type_with_parameters_is_accepted(api: Api, kind: str) -> None:
    refused(api.http.post(OPERATIONS, content=b"{}", headers={"Content-Type": kind}), 422, "invalid_input")


def test_no_request_caused_an_internal_error(running_stack: Stack) -> None:
    assert_no_internal_error(running_stack)
