"""Wires the parts of a process: chooses the adapter of each port."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from uuid import UUID

from temporalio.client import Client

from activities.built_in import call_activities, database_activities
from activities.ports import ActivityPorts
from adapters.encryption import CredentialCipher
from adapters.http.guarded_network import GuardedNetwork
from adapters.http.transport import Destination
from adapters.http.webhook_client import HttpWebhookClient
from adapters.postgres.database import Database
from adapters.postgres.ledger.activity_reads import PostgresActivityReads
from adapters.postgres.ledger.ledger import PostgresLedger
from adapters.postgres.maintenance.installation import PostgresInstallation
from adapters.postgres.maintenance.lost_runs import PostgresLostRuns
from adapters.postgres.maintenance.metrics import PostgresMetrics
from adapters.postgres.maintenance.retention import PostgresRetention
from adapters.postgres.runs.notifications import PostgresNotifications
from adapters.postgres.runs.run_outcome import PostgresRunOutcomes
from adapters.postgres.runs.runs import PostgresRuns
from adapters.postgres.stores.event_feed import PostgresEventFeed
from adapters.postgres.stores.tracking import PostgresTrackingStore
from adapters.postgres.stores.webhook_deliveries import PostgresDeliveries
from adapters.postgres.stores.workers import WorkerLiveness
from adapters.temporal.client import task_queue_of
from adapters.temporal.own_workflows import OwnWorkflows
from adapters.temporal.worker import activities_of_types, run_worker
from api.bulk_actions.attempt import Attempt
from api.events.live import LiveEvents
from api.events.schemas import encode_event
from bootstrap.runtime.metrics import Metrics
from bootstrap.settings import Settings
from bootstrap.vendors import (
    WEBHOOK_READERS,
    Closable,
    OpenCarrier,
    OpenChannel,
    carrier_adapter,
    channel_adapter,
    check_request,
)
from bootstrap.wrap import Wrap, leave_unwrapped
from domain.addresses import AddressRule
from domain.errors import Rejected, Unavailable
from domain.shipping import Connection, Mode, ShipmentRequest
from domain.vendors.catalogue import CARRIERS, CHANNELS
from domain.vendors.profile import Profile
from engine.bulk_actions import BulkActionWorker
from engine.carrier_queries import AdapterCarrierQueries
from engine.clock_watch import ClockWatch
from engine.dispatcher import Admission, Dispatcher
from engine.live_looks import AdapterLiveLooks
from engine.lost_runs import LostRunsSearch
from engine.reconciler import Reconciler
from engine.tracker import Tracker
from engine.webhook_sender import WebhookSender
from workflows.registry import OperationTypes, load_types

MEASURE_SECONDS = 10.0


A = TypeVar("A", bound=Closable)


CALLS_SECONDS = 300.0
"""Longer than any call may take, so an adapter that was not opened for this long has no call in flight."""


@dataclass
class OpenAdapter(Generic[A]):
    """An adapter, the connection's version that it was made for, and when it was last used."""

    version: object
    adapter: A
    used_at: float = 0.0


@dataclass
class Adapters(Generic[A]):
    """One adapter, and so one HTTP client, per account or bridge; a changed account gets a new one."""

    make: Callable[[Connection, Destination], A]
    sandbox_url: str | None
    network: GuardedNetwork
    vendors: Mapping[str, Profile]
    clock: Callable[[], float] = time.monotonic
    _open: dict[UUID, OpenAdapter[A]] = field(default_factory=dict)
    _closing: dict["asyncio.Task[None]", A] = field(default_factory=dict)

    def open(self, connection: Connection) -> A:
        """Return the adapter of an account or bridge.

        Raises:
            Rejected: the account has no address, or its credentials cannot form a call.
        """
        opened = self._open.get(connection.id)
        if opened is None or opened.version != connection.version:
            adapter = self.make(*self._reach(connection))
            if opened is not None:
                self._close_later(opened.adapter)
            opened = OpenAdapter(connection.version, adapter)
        opened.used_at = self.clock()
        self._open.pop(connection.id, None)
        self._open[connection.id] = opened  # moved to the end: the dict is in order of last use
        self._close_unused(opened.used_at)
        return opened.adapter

    def _close_unused(self, now: float) -> None:
        """Close adapters without recent use, because a deleted account sends no notice."""
        while self._open:
            ident, oldest = next(iter(self._open.items()))
            if oldest.used_at > now - CALLS_SECONDS:
                return
            self._close_later(self._open.pop(ident).adapter, 0.0)

    def _reach(self, connection: Connection) -> tuple[Connection, Destination]:
        """Return the connection and destination for a new adapter; at the sandbox, an account needs neither."""
        profile, base_url = self.vendors[connection.vendor], connection.settings.base_url
        if base_url is None and connection.mode is Mode.TEST:
            if self.sandbox_url is None:
                raise Rejected("no sandbox is configured: set ORDERLY_SANDBOX_URL", vendor_code="no_sandbox")
            return profile.at_sandbox(connection), Destination(f"{self.sandbox_url}/sim/{connection.vendor}")
        address = base_url or profile.base_url
        if address is None:
            raise Rejected("settings.base_url is not set", vendor_code="no_address")
        return connection, Destination(address, self.network)

    def _close_later(self, adapter: A, seconds: float = CALLS_SECONDS) -> None:
        task = asyncio.create_task(_close_after(seconds, adapter))
        self._closing[task] = adapter
        task.add_done_callback(self._closing.pop)

    async def aclose(self) -> None:
        closing = dict(self._closing)
        for task in closing:
            task.cancel()
        await asyncio.gather(*closing, return_exceptions=True)
        for adapter in (*closing.values(), *(opened.adapter for opened in self._open.values())):
            await adapter.aclose()


class CarrierAdapters(Adapters[OpenCarrier]):
    """Implements `domain.ports.carrier.Carriers`."""

    def check(self, carrier: str, request: ShipmentRequest) -> tuple[str, ...]:
        return check_request(carrier, request)


async def _close_after(seconds: float, adapter: Closable) -> None:
    await asyncio.sleep(seconds)
    await adapter.aclose()


@dataclass(frozen=True)
class Container:
    """The parts of one process."""

    settings: Settings
    database: Database
    installation: PostgresInstallation
    notifications: PostgresNotifications
    types: OperationTypes
    runs: PostgresRuns
    lost_runs: PostgresLostRuns
    stored_metrics: PostgresMetrics
    metrics: Metrics
    outcomes: PostgresRunOutcomes
    ledger: PostgresLedger
    liveness: WorkerLiveness
    reads: PostgresActivityReads
    tracking_store: PostgresTrackingStore
    event_feed: PostgresEventFeed
    deliveries: PostgresDeliveries
    webhook_client: HttpWebhookClient
    carriers: CarrierAdapters
    channels: Adapters[OpenChannel]
    retention: PostgresRetention
    wrap: Wrap

    def dispatcher(self) -> Dispatcher:
        """Create the dispatcher; the notifications inform it of ended runs."""
        settings = self.settings
        admission = Admission(max_in_flight=settings.max_in_flight, max_open=settings.max_open, eager=True)
        dispatcher = Dispatcher(self.runs, admission, settings.limits)
        self.notifications.add_listener(dispatcher.release, dispatcher.in_flight)
        return dispatcher

    def bulk_action_worker(self, dispatcher: Dispatcher) -> BulkActionWorker:
        database = self.wrap("bulk", self.database)
        return BulkActionWorker(database, Attempt(self.types, self.database.clock), dispatcher.sweep_soon)

    def reconciler(self, workflows: OwnWorkflows) -> Reconciler:
        return Reconciler(workflows, self.runs, self.outcomes, self.metrics.drift)

    def live_events(self) -> LiveEvents:
        settings = self.settings
        return LiveEvents(self.event_feed, settings.max_event_streams, settings.max_event_streams_per_organization)

    def tracker(self) -> Tracker:
        return Tracker(self.tracking_store, self.reads, self.carriers)

    def webhook_sender(self) -> WebhookSender:
        slots = self.settings.webhook_concurrency
        return WebhookSender(self.deliveries, self.webhook_client, self.database.clock, slots)

    def carrier_queries(self) -> AdapterCarrierQueries:
        return AdapterCarrierQueries(self.database, self.tracking_store, self.reads, self.carriers, WEBHOOK_READERS)

    def live_looks(self) -> AdapterLiveLooks:
        return AdapterLiveLooks(self.reads, self.carriers, self.channels)

    async def own_workflows(self, client: Client) -> OwnWorkflows:
        """Return the workflows of this installation.

        Raises:
            Unavailable: Postgres can't be reached.
        """
        return OwnWorkflows(client, task_queue_of(await self.installation.read()))

    async def measure(self, search: LostRunsSearch) -> None:
        """Serve the metrics, and refresh their figures until cancelled."""
        port = self.settings.metrics_port
        if port is None:
            return
        self.metrics.serve(self.settings.metrics_host, port)
        while True:
            with contextlib.suppress(Unavailable):
                self.metrics.show(await self.stored_metrics.read(), orphans=len(search.orphans))
            await asyncio.sleep(MEASURE_SECONDS)

    def lost_runs_search(self, workflows: OwnWorkflows) -> LostRunsSearch:
        return LostRunsSearch(workflows, self.lost_runs, self.runs, self.metrics.drift)


@contextlib.asynccontextmanager
async def open_container(settings: Settings, wrap: Wrap = leave_unwrapped) -> AsyncIterator[Container]:
    """Create the parts and open their connections; it does not fail if Postgres is still down.

    `wrap` wraps each port, in tests.
    """
    cipher = CredentialCipher(settings.encryption_keys)
    database = Database(settings.database_url, cipher, settings.pools)
    notifications = PostgresNotifications(database, settings.database_direct_url or settings.database_url)
    network = GuardedNetwork(AddressRule(allow_loopback=settings.allow_loopback))
    carriers = CarrierAdapters(
        lambda *account: wrap("carrier", carrier_adapter(*account)), settings.sandbox_url, network, CARRIERS
    )
    channels = Adapters(
        lambda *bridge: wrap("channel", channel_adapter(*bridge)), settings.sandbox_url, network, CHANNELS
    )
    liveness = WorkerLiveness(database)
    webhook_client = HttpWebhookClient(network, settings.webhook_concurrency)
    await database.open()
    await notifications.open()
    watch = asyncio.create_task(ClockWatch(database).run())
    try:
        yield Container(
            settings=settings,
            database=database,
            installation=PostgresInstallation(database),
            notifications=notifications,
            types=load_types(),
            runs=wrap("runs", PostgresRuns(database, settings.probe_after_seconds)),
            lost_runs=wrap("lost_runs", PostgresLostRuns(database)),
            stored_metrics=PostgresMetrics(database),
            metrics=Metrics(),
            outcomes=wrap("outcomes", PostgresRunOutcomes(database)),
            ledger=wrap("ledger", PostgresLedger(database, liveness)),
            liveness=liveness,
            reads=wrap(
                "reads",
                PostgresActivityReads(database, cipher, settings.probe_after_seconds, database.first_reads),
            ),
            tracking_store=wrap("tracking_store", PostgresTrackingStore(database)),
            event_feed=PostgresEventFeed(database),
            deliveries=PostgresDeliveries(database, cipher, encode_event),
            webhook_client=webhook_client,
            carriers=carriers,
            channels=channels,
            retention=wrap("retention", PostgresRetention(database)),
            wrap=wrap,
        )
    finally:
        watch.cancel()
        await webhook_client.aclose()
        await channels.aclose()
        await carriers.aclose()
        await notifications.close()
        await database.close()


def open_worker(container: Container, client: Client, task_queue: str) -> AbstractAsyncContextManager[None]:
    """Return a context in which a worker runs on a task queue; leaving it waits for calls in flight."""
    calls = call_activities(container.ledger, container.reads, container.carriers, container.channels)
    calls += activities_of_types(container.types, ActivityPorts(container.ledger, container.reads))
    database = database_activities(container.ledger, container.outcomes)
    return run_worker(client, task_queue, container.types, calls, database)
