"""The parts of the engine keep running after errors."""

import asyncio
import logging
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bootstrap.container import Container
from bootstrap.runtime import services
from bootstrap.runtime.services import Engine
from engine.dispatcher import Dispatcher


class FailingDispatcher:
    """A dispatcher whose first run fails with an unexpected error."""

    def __init__(self) -> None:
        self.runs = 0
        self.again = asyncio.Event()

    async def run(self, _client: object) -> None:
        self.runs += 1
        if self.runs == 1:
            raise ZeroDivisionError
        self.again.set()
        await asyncio.Event().wait()


class LonelyEngine(Engine):
    """An engine that needs no Postgres."""

    async def _own_workflows(self, client: Any) -> Any:
        return client


class ConnectedEngine(LonelyEngine):
    """An engine that needs no Temporal either."""

    async def _connect(self) -> Any:
        return object()


async def test_a_part_that_fails_is_started_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An unexpected error is logged, and no execution waits forever."""
    monkeypatch.setattr(services, "RETRY_SECONDS", 0.01)
    dispatcher = FailingDispatcher()
    engine = ConnectedEngine(cast("Container", None), cast("Dispatcher", dispatcher))

    with caplog.at_level(logging.ERROR):
        async with engine.running(with_worker=False):
            await asyncio.wait_for(dispatcher.again.wait(), 5)

    assert dispatcher.runs == 2
    assert "a part of the engine failed" in caplog.text


@pytest.mark.parametrize("error", [FileNotFoundError(2, "none", "client.pem"), ValueError("no port")])
async def test_a_failed_connection_to_temporal_is_repeated(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """Its cause may go away, such as a certificate that is mounted late."""
    monkeypatch.setattr(services, "RETRY_SECONDS", 0.01)
    tries = 0

    async def connect(_address: str) -> object:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise error
        return object()

    monkeypatch.setattr(services, "connect", connect)
    dispatcher = FailingDispatcher()
    container = SimpleNamespace(settings=SimpleNamespace(temporal_address="temporal:7233"))
    engine = LonelyEngine(cast("Container", container), cast("Dispatcher", dispatcher))

    with caplog.at_level(logging.ERROR):
        async with engine.running(with_worker=False):
            await asyncio.wait_for(dispatcher.again.wait(), 5)

    assert tries == 3
    assert f"check TEMPORAL_*: {type(error).__name__}" in caplog.text


async def test_the_dispatcher_is_cancelled_once() -> None:
    """A second cancellation would interrupt the clean end that the first one began."""
    cancelled = 0
    runs = asyncio.Event()

    class LingeringDispatcher:
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

    engine = ConnectedEngine(cast("Container", None), cast("Dispatcher", LingeringDispatcher()))
    async with engine.running(with_worker=False):
        await asyncio.wait_for(runs.wait(), 5)
        engine.leave()
        engine.leave()

    assert cancelled == 2


async def test_the_process_counts_as_alive_until_its_last_call_has_ended() -> None:
    """Otherwise another worker would look up or repeat a call that is still in flight."""
    is_alive, works, ends = False, asyncio.Event(), []

    class Liveness:
        async def run(self) -> None:
            nonlocal is_alive
            is_alive = True
            try:
                await asyncio.Event().wait()
            finally:
                is_alive = False

    class Search:
        async def compare_at_start(self) -> None:
            pass

    class LingeringEngine(ConnectedEngine):
        async def _run_beside_beats(self, *_: object) -> None:
            works.set()
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0.01)  # a call in flight
                ends.append(is_alive)

    container = SimpleNamespace(liveness=Liveness(), lost_runs_search=lambda _workflows: Search())
    dispatcher = FailingDispatcher()
    dispatcher.runs = 1
    engine = LingeringEngine(cast("Container", container), cast("Dispatcher", dispatcher))
    async with engine.running(with_worker=True):
        await asyncio.wait_for(works.wait(), 5)

    assert (ends, is_alive) == ([True], False)
