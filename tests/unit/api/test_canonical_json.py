"""Bodies of equal value have one canonical form."""

import pytest

from api.http.canonical_json import canonicalize


@pytest.mark.parametrize(
    "body",
    [
        '{"a":1,"b":[true,null,"é/"]}',
        ' { "b" : [ true , null , "\\u00e9\\/" ] ,\n"a" : 1 } ',
        '{"a":1.0,"b":[true,null,"é/"]}',
        '{"a":10e-1,"b":[true,null,"é/"]}',
    ],
)
def test_the_notation_does_not_matter(body: str) -> None:
    assert canonicalize(body.encode()) == b'{"a":1,"b":[true,null,"\\u00e9/"]}'


@pytest.mark.parametrize(
    ("body", "other"),
    [
        ('{"a":1}', '{"a":"1"}'),
        ('{"a":1}', '{"a":true}'),
        ('{"a":0}', '{"a":false}'),
        ('{"a":[1,2]}', '{"a":[2,1]}'),
        ('{"a":null}', "{}"),
        ('{"a":0.1}', '{"a":0.2}'),
        ('{"a":"é"}', '{"a":"e\\u0301"}'),
        ("[]", "{}"),
    ],
)
def test_another_value_has_another_form(body: str, other: str) -> None:
    assert canonicalize(body.encode()) != canonicalize(other.encode())


def test_an_empty_object_is_no_body() -> None:
    assert canonicalize(b" {} ") == canonicalize(b" ") == canonicalize(b"")


def test_half_of_a_surrogate_pair_has_a_form() -> None:
    assert canonicalize(b'"\\ud800"') == b'"\\ud800"'
