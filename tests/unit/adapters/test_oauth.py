"""Access tokens: one for an account, fetched by one call at a time."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from adapters.http.oauth import Tokens
from domain.errors import AuthFailed, EffectError, NotSent, RateLimited

Handler = Callable[[httpx.Request], httpx.Response]


def answer(body: Any, status: int = 200, **headers: str) -> Handler:
    return lambda _: httpx.Response(
        status, content=body if isinstance(body, bytes) else json.dumps(body), headers=headers
    )


def fails(_: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("late")


def tokens_of(handler: Handler) -> tuple[Tokens, Callable[[str], httpx.Request]]:
    client = httpx.AsyncClient(transport=httpx.MockTransport(handler), base_url="https://carrier.example")
    tokens = Tokens(client, lambda: client.build_request("POST", "/token"))
    return tokens, lambda token: client.build_request("POST", "/buy", headers={"Authorization": f"Bearer {token}"})


class Carrier:
    """Counts its calls; takes the tokens named, and gives out T1, T2, ..."""

    def __init__(self, *taken: str, expires_in: object = 3600) -> None:
        self.taken = taken
        self.expires_in = expires_in
        self.signed_in = 0
        self.calls: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            self.signed_in += 1
            return httpx.Response(200, json={"access_token": f"T{self.signed_in}", "expires_in": self.expires_in})
        token = request.headers["Authorization"].removeprefix("Bearer ")
        self.calls.append(token)
        return httpx.Response(200 if token in self.taken else 401, json={})


async def test_one_token_serves_many_calls() -> None:
    """Also those that begin at the same time."""
    carrier = Carrier("T1")
    tokens, build = tokens_of(carrier)

    answers = await asyncio.gather(*(tokens.send(build, 5.0) for _ in range(20)))

    assert {answer.status for answer in answers} == {200}
    assert carrier.signed_in == 1


async def test_a_refused_token_is_replaced_once() -> None:
    """The request goes out once more, and not a third time."""
    carrier = Carrier("T2")
    tokens, build = tokens_of(carrier)
    assert (await tokens.send(build, 5.0)).status == 200
    assert carrier.calls == ["T1", "T2"]

    stubborn = Carrier()
    tokens, build = tokens_of(stubborn)
    assert (await tokens.send(build, 5.0)).status == 401
    assert stubborn.calls == ["T1", "T2"]


async def test_many_calls_replace_a_refused_token_together() -> None:
    """One of them fetches it, the others take what it got."""
    carrier = Carrier("T1", "T2")
    tokens, build = tokens_of(carrier)
    await tokens.send(build, 5.0)
    carrier.taken = ("T2",)

    await asyncio.gather(*(tokens.send(build, 5.0) for _ in range(10)))

    assert carrier.signed_in == 2


@pytest.mark.parametrize("expires_in", [3600, "3600", None, "soon", 0, -5])
async def test_a_token_serves_for_a_while_whatever_it_says(expires_in: object) -> None:
    """A strange lifetime makes no call fetch its own token."""
    carrier = Carrier("T1", expires_in=expires_in)
    tokens, build = tokens_of(carrier)

    await tokens.send(build, 5.0)
    await tokens.send(build, 5.0)

    assert carrier.signed_in == 1


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        (answer(b"", 500), NotSent),
        (answer(b"<html>", 502), NotSent),
        (answer(b"<html>", 200), NotSent),
        (answer(b"", 200), NotSent),
        (answer({"token": "T1"}), NotSent),
        (answer({"access_token": "T\n1"}), NotSent),
        (answer(["T1"]), NotSent),
        (fails, NotSent),
        (answer(b"<html>firewall", 403), NotSent),
        (answer({"error": "slow_down"}, 429), RateLimited),
        (answer(b"", 503, **{"Retry-After": "7"}), RateLimited),
        (answer(b"", 401), AuthFailed),
        (answer({"error": "invalid_client"}, 400), AuthFailed),
        (answer({"errors": [{"code": "NOT.AUTHORIZED.ERROR"}]}, 403), AuthFailed),
        (answer({"response": {"errors": [{"code": "10400"}]}}, 400), AuthFailed),
        (answer({"response": "gone"}, 400), NotSent),
    ],
)
async def test_without_a_token_nothing_is_sent(handler: Handler, error: type[EffectError]) -> None:
    """What can be tried again says so; refused credentials are told from an endpoint that is down."""
    asked: list[str] = []

    def carrier(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return handler(request)

    tokens, build = tokens_of(carrier)

    with pytest.raises(error):
        await tokens.send(build, 5.0)

    assert asked == ["/token"]
