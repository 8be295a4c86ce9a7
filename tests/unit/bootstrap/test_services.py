"""The engine's parts, kept going."""

import asyncio
import logging
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bootstrap.container import Container
from bootstrap.runtime import services
from bootstrap.runtime.services import Engine
from engine.dispatcher import Dispatcher


class FailsOnce:
    """A dispatcher whose first run ends in an error that nobody expected."""

    def __init__(self) -> None:
        self.runs = 0
        self.again = asyncio.Event()

    async def run(self, _client: object) -> None:
        self.runs += 1
        if self.runs == 1:
            raise ZeroDivisionError
        self.again.set()
        await asyncio.Event().wait()


class Connected(Engine):
    """An engine that needs no Temporal."""

    async def _connect(self) -> Any:
        return object()


async def test_a_part_that_fails_is_started_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An error that nobody expected is told, and leaves no execution waiting for ever."""
    monkeypatch.setattr(services, "RETRY_SECONDS", 0.01)
    dispatcher = FailsOnce()
    engine = Connected(cast("Container", None), cast("Dispatcher", dispatcher))

    with caplog.at_level(logging.ERROR):
        async with engine.running(with_worker=False):
            await asyncio.wait_for(dispatcher.again.wait(), 5)

    assert dispatcher.runs == 2
    assert "a part of the engine failed" in caplog.text


@pytest.mark.parametrize("error", [FileNotFoundError(2, "none", "client.pem"), ValueError("no port")])
async def test_a_connection_that_can_not_be_made_yet_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """Whatever keeps it from being made, a certificate that is mounted late, say: it is told, and mended without us."""
    monkeypatch.setattr(services, "RETRY_SECONDS", 0.01)
    tries = 0

    async def connect(_address: str) -> object:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise error
        return object()

    monkeypatch.setattr(services, "connect", connect)
    dispatcher = FailsOnce()
    container = SimpleNamespace(settings=SimpleNamespace(temporal_address="temporal:7233"))
    engine = Engine(cast("Container", container), cast("Dispatcher", dispatcher))

    with caplog.at_level(logging.ERROR):
        async with engine.running(with_worker=False):
            await asyncio.wait_for(dispatcher.again.wait(), 5)

    assert tries == 3
    assert f"check TEMPORAL_*: {type(error).__name__}" in caplog.text


async def test_it_is_asked_to_leave_once() -> None:
    """A second cancellation would tear apart what the first one has begun to end."""
    cancelled = 0
    runs = asyncio.Event()

    class Lingers:
        async def run(self, _client: object) -> None:
            nonlocal cancelled
            runs.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled += 1
                await asyncio.sleep(0)  # a second one would come here
                cancelled += 1
                raise

    engine = Connected(cast("Container", None), cast("Dispatcher", Lingers()))
    async with engine.running(with_worker=False):
        await asyncio.wait_for(runs.wait(), 5)
        engine.leave()
        engine.leave()

    assert cancelled == 2
