"""An account has one access token, and one call at a time fetches it."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from adapters.http.oauth import Tokens
from domain.errors import AuthFailed, EffectError, NotSent, RateLimited

Handler = Callable[[httpx.Request], httpx.Response]


def reply_with(body: Any, status: int = 200, **headers: str) -> Handler:
    return lambda _: httpx.Response(
        status, content=body if isinstance(body, bytes) else json.dumps(body), headers=headers
    )


def time_out(_: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("late")


def open_tokens(handler: Handler) -> tuple[Tokens, Callable[[str], httpx.Request]]:
    client = httpx.AsyncClient(transport=httpx.MockTransport(handler), base_url="https://carrier.example")
    tokens = Tokens(client, lambda: client.build_request("POST", "/token"))
    return tokens, lambda token: client.build_request("POST", "/buy", headers={"Authorization": f"Bearer {token}"})


class Carrier:
    """Counts its calls, accepts these tokens, and issues T1, T2, ..."""

    def __init__(self, *accepted: str, expires_in: object = 3600) -> None:
        self.accepted = accepted
        self.expires_in = expires_in
        self.logins = 0
        self.calls: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            self.logins += 1
            return httpx.Response(200, json={"access_token": f"T{self.logins}", "expires_in": self.expires_in})
        token = request.headers["Authorization"].removeprefix("Bearer ")
        self.calls.append(token)
        return httpx.Response(200 if token in self.accepted else 401, json={})


async def test_calls_share_one_token() -> None:
    """Calls that start at the same time share it too."""
    carrier = Carrier("T1")
    tokens, build = open_tokens(carrier)

    answers = await asyncio.gather(*(tokens.send(build, 5.0) for _ in range(20)))

    assert {answer.status for answer in answers} == {200}
    assert carrier.logins == 1


async def test_a_refused_token_is_replaced_once() -> None:
    """The request is repeated once, not twice."""
    carrier = Carrier("T2")
    tokens, build = open_tokens(carrier)
    assert (await tokens.send(build, 5.0)).status == 200
    assert carrier.calls == ["T1", "T2"]

    stubborn = Carrier()
    tokens, build = open_tokens(stubborn)
    assert (await tokens.send(build, 5.0)).status == 401
    assert stubborn.calls == ["T1", "T2"]


async def test_many_calls_replace_a_refused_token_together() -> None:
    """One call fetches the new token, the others use it."""
    carrier = Carrier("T1", "T2")
    tokens, build = open_tokens(carrier)
    await tokens.send(build, 5.0)
    carrier.accepted = ("T2",)

    await asyncio.gather(*(tokens.send(build, 5.0) for _ in range(10)))

    assert carrier.logins == 2


@pytest.mark.parametrize("expires_in", [3600, "3600", None, "soon", 0, -5])
async def test_a_token_with_a_strange_lifetime_is_still_shared(expires_in: object) -> None:
    carrier = Carrier("T1", expires_in=expires_in)
    tokens, build = open_tokens(carrier)

    await tokens.send(build, 5.0)
    await tokens.send(build, 5.0)

    assert carrier.logins == 1


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        (reply_with(b"", 500), NotSent),
        (reply_with(b"<html>", 502), NotSent),
        (reply_with(b"<html>", 200), NotSent),
        (reply_with(b"", 200), NotSent),
        (reply_with({"token": "T1"}), NotSent),
        (reply_with({"access_token": "T\n1"}), NotSent),
        (reply_with(["T1"]), NotSent),
        (time_out, NotSent),
        (reply_with(b"<html>firewall", 403), NotSent),
        (reply_with({"error": "slow_down"}, 429), RateLimited),
        (reply_with(b"", 503, **{"Retry-After": "7"}), RateLimited),
        (reply_with(b"", 401), AuthFailed),
        (reply_with({"error": "invalid_client"}, 400), AuthFailed),
        (reply_with({"errors": [{"code": "NOT.AUTHORIZED.ERROR"}]}, 403), AuthFailed),
        (reply_with({"response": {"errors": [{"code": "10400"}]}}, 400), AuthFailed),
        (reply_with({"response": "gone"}, 400), NotSent),
    ],
)
async def test_nothing_is_sent_without_a_token(handler: Handler, error: type[EffectError]) -> None:
    """Refused credentials raise AuthFailed, a failing endpoint NotSent or RateLimited."""
    paths: list[str] = []

    def carrier(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.path)
        return handler(request)

    tokens, build = open_tokens(carrier)

    with pytest.raises(error):
        await tokens.send(build, 5.0)

    assert paths == ["/token"]
