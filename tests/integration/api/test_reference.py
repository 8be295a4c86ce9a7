"""The reference page is complete without internet."""

import gzip
import hashlib
import re

from api.reference.routes import SCRIPT, SCRIPT_PATH, SCRIPT_SHA256
from tests.fixtures.in_process_api import ApiClient


async def test_the_start_page_points_to_the_reference(client: ApiClient) -> None:
    start = (await client.http.get("/")).json()

    assert start["name"] == "Orderly Operations"
    for path in (start["docs"], start["openapi"]):
        assert (await client.http.get(path)).status_code == 200, path


async def test_the_page_loads_nothing_from_other_hosts(client: ApiClient) -> None:
    page = await client.http.get("/docs")

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "://" not in page.text
    assert re.findall(r'(?:src|spec-url)="([^"]+)"', page.text) == [SCRIPT_PATH.removeprefix("/"), "openapi.json"]
    assert page.headers.get_list("content-security-policy")[0].startswith("default-src 'none'; script-src 'self';")
    assert len(page.headers.get_list("content-security-policy")) == 1


async def test_the_script_is_the_published_one(client: ApiClient) -> None:
    packed = await client.http.get(SCRIPT_PATH)
    plain = await client.http.get(SCRIPT_PATH, headers={"Accept-Encoding": "identity"})

    assert hashlib.sha256(SCRIPT.read_bytes()).hexdigest() == SCRIPT_SHA256
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content == gzip.decompress(SCRIPT.read_bytes())
    assert plain.headers["cache-control"].endswith("immutable")
    assert plain.headers["x-content-type-options"] == "nosniff"


async def test_answers_of_the_api_keep_the_strict_policy(client: ApiClient) -> None:
    answer = await client.call("GET", "/api/orders")

    assert answer.headers.get_list("content-security-policy") == ["default-src 'none'; frame-ancestors 'none'"]
    assert answer.headers["cache-control"] == "no-store"
