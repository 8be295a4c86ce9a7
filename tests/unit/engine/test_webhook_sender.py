"""The sender keeps results until they are recorded, and survives errors of its store."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from domain.errors import Unavailable
from domain.ports.webhooks import DeliveryResult
from domain.webhooks import AttemptResult, ClaimedDelivery, DeliveryError, DeliveryState
from engine import webhook_sender
from engine.webhook_sender import WebhookSender
from tests.fixtures.polling import eventually


def build_claimed(render: Callable[[], bytes] | None = lambda: b"{}") -> ClaimedDelivery:
    ids = {name: uuid4() for name in ("id", "organization_id", "endpoint_id", "event_id")}
    return ClaimedDelivery(**ids, is_unordered=False, attempts=1, failures=0, url="", secrets=(), render=render)


@dataclass
class Store:
    """Deliveries to claim, and errors that recording raises first."""

    due: list[ClaimedDelivery]
    errors: list[Exception] = field(default_factory=list)
    recorded: list[DeliveryResult] = field(default_factory=list)

    async def fan_out(self) -> bool:
        return bool(self.due)

    async def exchange(
        self, results: Sequence[DeliveryResult], slots: int, sending: Collection[ClaimedDelivery]
    ) -> list[ClaimedDelivery]:
        assert len(sending) <= slots
        if results and self.errors:
            raise self.errors.pop()
        self.recorded += results
        claimed, self.due = self.due, []
        return claimed

    async def purge(self, limit: int) -> int:
        return min(limit, 0)


class Client:
    """A client whose requests fail with a bug if the URL says so."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> AttemptResult:
        assert {"webhook-id", "webhook-timestamp", "webhook-signature"} == headers.keys()
        assert body
        if url:
            raise RuntimeError
        return AttemptResult(1, status=200)


class SlowClient(Client):
    """A client whose requests end when a test allows it."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()
        self.count = 0

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> AttemptResult:
        self.count += 1
        await self.may_end.wait()
        return await super().post(url, headers, body)


@dataclass
class CountingStore(Store):
    """Also records how many attempts the sender reports as being in flight."""

    sending: int = 0

    async def exchange(
        self, results: Sequence[DeliveryResult], slots: int, sending: Collection[ClaimedDelivery]
    ) -> list[ClaimedDelivery]:
        self.sending = len(sending)
        return await super().exchange(results, slots, sending)


class UtcClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def skew_seconds(self) -> float:
        return 0.0


async def send(store: Store, count: int = 1) -> list[DeliveryResult]:
    """Run a sender until it has recorded `count` results."""
    task = asyncio.create_task(WebhookSender(store, Client(), UtcClock(), 8).run())

    async def are_recorded() -> bool:
        return len(store.recorded) == count

    await eventually(are_recorded, every=0.005)
    task.cancel()
    await asyncio.wait([task])
    return store.recorded


async def test_results_are_kept_while_postgres_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_sender, "RETRY_SECONDS", 0.0)
    ((_, result, settlement),) = await send(Store([build_claimed()], errors=[Unavailable()]))
    assert (result.status, settlement.state) == (200, DeliveryState.DELIVERED)


async def test_a_pruned_event_fails_without_a_request() -> None:
    ((_, result, settlement),) = await send(Store([build_claimed(render=None)]))
    assert (result.error, settlement.state) == (DeliveryError.EVENT_PRUNED, DeliveryState.FAILED)


async def test_a_bug_in_an_attempt_or_a_step_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A delivery whose result is lost is attempted again when its lease ends."""
    monkeypatch.setattr(webhook_sender, "RETRY_SECONDS", 0.0)
    store = Store([build_claimed()], errors=[RuntimeError()])
    task = asyncio.create_task(send(store))

    async def is_lost() -> bool:
        return not store.errors

    await eventually(is_lost, every=0.005)
    broken = build_claimed()
    store.due = [ClaimedDelivery(**{**{name: getattr(broken, name) for name in broken.__slots__}, "url": "broken"})]
    ((_, result, settlement),) = await task
    assert (result.error, settlement.state) == (DeliveryError.INCOMPLETE, DeliveryState.WAITING)


async def test_a_delivery_that_is_due_again_during_its_attempt_uses_two_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    """A replay makes it due again; an attempt that is not counted would escape the limits of endpoints."""
    monkeypatch.setattr(webhook_sender, "EXCHANGE_SECONDS", 0.01)
    first = build_claimed()
    store, client = CountingStore([first, replace(first, attempts=2)]), SlowClient()
    task = asyncio.create_task(WebhookSender(store, client, UtcClock(), 8).run())

    async def are_counted() -> bool:
        return (client.count, store.sending) == (2, 2)

    async def are_recorded() -> bool:
        return (len(store.recorded), store.sending) == (2, 0)

    await eventually(are_counted, every=0.005)
    client.may_end.set()
    await eventually(are_recorded, every=0.005)
    task.cancel()
    await asyncio.wait([task])
