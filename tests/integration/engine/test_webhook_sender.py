"""The sender delivers events signed, in order per subject, and survives bad receivers."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from standardwebhooks import Webhook
from svix.webhooks import Webhook as SvixWebhook
from svix.webhooks import WebhookVerificationError

from api.events.schemas import encode_event
from api.webhook_endpoints.service import new_secret
from bootstrap.container import Container
from domain.ports.events import Event
from domain.webhooks import DeliveryError
from tests.fixtures.polling import eventually
from tests.fixtures.receiver import Received, Receiver, receiving, status
from tests.fixtures.rows import Rows

EVENT = """
    insert into events (organization_id, type, subject_type, subject_id, data)
    values (%s, %s, 'order', %s, '{"status": "shipped"}') returning id
"""


LATER = """
    update webhook_endpoints set previous_secret_until = previous_secret_until - %s::interval,
        older_secret_until = older_secret_until - %s::interval
"""


class Webhooks:
    """One organization's endpoints and events."""

    def __init__(self, container: Container, rows: Rows) -> None:
        self.container = container
        self.rows = rows

    async def endpoint(self, url: str, *types: str, secret: str = "") -> UUID:
        """Create an endpoint; return its id."""
        row = {"url": url, "event_types": list(types or ("order.*",)), "description": None, "enabled": True}
        async with self.container.database.organization(self.rows.organization_id) as data:
            return (await data.webhook_endpoints.create(row, secret or new_secret())).id

    def event(self, kind: str = "order.changed", subject: UUID | None = None) -> str:
        """Insert an event; return its id."""
        return str(self.rows.value(EVENT, self.rows.organization_id, kind, subject or uuid4()))

    def deliveries(self, endpoint: UUID, **filters: Any) -> list[dict[str, Any]]:
        return self.rows.select("webhook_deliveries", endpoint_id=endpoint, **filters)

    async def until_delivery(self, endpoint: UUID, **expected: Any) -> dict[str, Any]:
        """Wait until the endpoint has a delivery with these values, and return it."""

        async def find() -> dict[str, Any] | None:
            return next(iter(self.deliveries(endpoint, **expected)), None)

        found = await eventually(find, what=f"{expected} in {self.deliveries(endpoint)}")
        assert found is not None
        return found

    async def until_received(self, receiver: Receiver, *event_ids: str) -> None:
        """Wait until the receiver has received exactly these events, in this order."""

        async def has_all() -> bool:
            return len(receiver.received) >= len(event_ids)

        await eventually(has_all, what=str(receiver.event_ids))
        assert receiver.event_ids == list(event_ids)

    def make_due(self, endpoint: UUID) -> None:
        """Let the endpoint's next attempts begin now."""
        self.rows.run("update webhook_deliveries set next_attempt_at = now() where endpoint_id = %s", endpoint)
        self.rows.run("update webhook_progress set paused_until = null where endpoint_id = %s", endpoint)


@pytest.fixture
async def webhooks(container: Container, rows: Rows) -> AsyncIterator[Webhooks]:
    """An organization, with a running sender."""
    task = asyncio.create_task(container.webhook_sender().run())
    yield Webhooks(container, rows)
    rows.run("update webhook_endpoints set enabled = false")
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


def verify(secret: str, received: Received) -> Any:
    """Verify a request with both public libraries; return the event."""
    SvixWebhook(secret).verify(received.body, received.headers)
    return Webhook(secret).verify(received.body, received.headers)


async def test_an_event_arrives_signed(webhooks: Webhooks, receiver: Receiver) -> None:
    """Only subscribed events arrive, as JSON with id, type, subject and sequence."""
    secret = new_secret()
    endpoint = await webhooks.endpoint(receiver.url, "order.*", secret=secret)
    webhooks.event("shipment.changed")
    subject = uuid4()
    event = webhooks.event(subject=subject)
    await webhooks.until_received(receiver, event)
    found = verify(secret, receiver.received[0])
    assert (found["id"], found["type"], found["sequence"]) == (event, "order.changed", 1)
    assert found["subject"] == {"type": "order", "id": str(subject)}
    delivery = await webhooks.until_delivery(endpoint, state="delivered")
    assert (delivery["attempts"], delivery["last_status"], delivery["next_attempt_at"]) == (1, 204, None)
    with pytest.raises(WebhookVerificationError):
        SvixWebhook(new_secret()).verify(receiver.received[0].body, receiver.received[0].headers)


async def test_all_secrets_sign_during_the_overlap(webhooks: Webhooks, receiver: Receiver) -> None:
    """Also those before a second rotation. Each earlier secret ends a day after its own replacement."""
    old, lost, new = new_secret(), new_secret(), new_secret()
    endpoint = await webhooks.endpoint(receiver.url, secret=old)
    async with webhooks.container.database.organization(webhooks.rows.organization_id) as data:
        await data.webhook_endpoints.rotate_secret(endpoint, lost)
    webhooks.rows.run(f"{LATER} where id = %s", "23 hours", "23 hours", endpoint)
    async with webhooks.container.database.organization(webhooks.rows.organization_id) as data:
        await data.webhook_endpoints.rotate_secret(endpoint, new)
    first = webhooks.event()
    await webhooks.until_received(receiver, first)
    for secret in (old, lost, new):
        verify(secret, receiver.received[0])
    events = [first]
    for hours, signing, ended in (("2 hours", (lost, new), old), ("23 hours", (new,), lost)):
        webhooks.rows.run(f"{LATER} where id = %s", hours, hours, endpoint)
        events.append(webhooks.event())
        await webhooks.until_received(receiver, *events)
        received = receiver.received[-1]
        for secret in signing:
            verify(secret, received)
        with pytest.raises(WebhookVerificationError):
            SvixWebhook(ended).verify(received.body, received.headers)


async def test_events_of_a_subject_wait_for_a_failed_one(webhooks: Webhooks, receiver: Receiver) -> None:
    """Other subjects go on; after the repeat the later events follow in order."""
    fails = [True]

    async def answer(received: Received, writer: asyncio.StreamWriter) -> None:
        is_first = json.loads(received.body)["sequence"] == 1 and fails and received.event_id == one[0]
        await status(500 if is_first else 200)(received, writer)

    endpoint = await webhooks.endpoint(receiver.url)
    receiver.answer = answer
    subject = uuid4()
    one = [webhooks.event(subject=subject)]
    await webhooks.until_delivery(endpoint, last_status=500)
    one += [webhooks.event(subject=subject), webhooks.event(subject=subject)]
    other = webhooks.event()
    await webhooks.until_delivery(endpoint, event_id=UUID(other), state="delivered")
    assert receiver.event_ids == [one[0], other]
    fails.clear()
    webhooks.make_due(endpoint)
    await webhooks.until_delivery(endpoint, event_id=UUID(one[2]), state="delivered")
    assert receiver.event_ids == [one[0], other, *one]


async def test_a_refused_event_gives_way(webhooks: Webhooks, receiver: Receiver) -> None:
    """An event that the receiver refuses no longer holds up the later ones of its subject."""
    endpoint = await webhooks.endpoint(receiver.url)
    receiver.answer = status(422, body=b"no such order")
    subject = uuid4()
    refused = webhooks.event(subject=subject)
    delivery = await webhooks.until_delivery(endpoint, last_status=422)
    assert (delivery["is_unordered"], delivery["state"], delivery["last_answer"]) == (True, "waiting", "no such order")
    receiver.answer = status(200)
    await webhooks.until_received(receiver, refused, webhooks.event(subject=subject))


async def test_an_event_gives_way_after_ten_failures_and_fails_after_three_days(
    webhooks: Webhooks, receiver: Receiver
) -> None:
    """The tenth failure and the last one are reached by moving the counts."""
    endpoint = await webhooks.endpoint(receiver.url)
    receiver.answer = status(503)
    webhooks.event()
    delivery = await webhooks.until_delivery(endpoint, last_status=503)
    assert not delivery["is_unordered"]
    webhooks.rows.update("webhook_deliveries", delivery["id"], failures=9)
    webhooks.make_due(endpoint)
    await webhooks.until_delivery(endpoint, failures=10, is_unordered=True)
    webhooks.rows.update("webhook_deliveries", delivery["id"], failures=18)
    webhooks.make_due(endpoint)
    assert (await webhooks.until_delivery(endpoint, state="failed"))["next_attempt_at"] is None


async def test_an_event_that_cannot_be_rendered_fails_alone(
    webhooks: Webhooks, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both events are claimed together; the other one arrives without a wait for the lease."""

    def render(event: Event) -> bytes:
        if event.type == "order.broken":
            raise ValueError
        return encode_event(event)

    monkeypatch.setattr(webhooks.container.deliveries, "_render", render)
    endpoint = await webhooks.endpoint(receiver.url)
    webhooks.rows.run(
        """
        insert into events (organization_id, type, subject_type, subject_id)
        select %s, type, 'order', gen_random_uuid() from unnest(array['order.broken', 'order.changed']) as type
        """,
        webhooks.rows.organization_id,
    )
    await webhooks.until_delivery(endpoint, event_type="order.changed", state="delivered")
    failed = await webhooks.until_delivery(endpoint, event_type="order.broken", failures=1)
    assert (failed["state"], failed["last_error"]) == ("waiting", DeliveryError.INCOMPLETE)
    assert len(receiver.received) == 1


async def test_gone_disables_the_endpoint(webhooks: Webhooks, receiver: Receiver) -> None:
    """After a 410 nothing is sent any more, and an event reports it."""
    endpoint = await webhooks.endpoint(receiver.url)
    receiver.answer = status(410)
    webhooks.event()
    await webhooks.until_delivery(endpoint, state="failed")
    row = webhooks.rows.select_one("webhook_endpoints", id=endpoint)
    assert (row["enabled"], row["disabled_reason"]) == (False, "gone")
    disabled = webhooks.rows.select_one("events", type="webhook_endpoint.disabled")
    assert (disabled["subject_id"], disabled["data"]["disabled_reason"]) == (endpoint, "gone")


async def test_five_days_of_failures_disable_the_endpoint(webhooks: Webhooks, receiver: Receiver) -> None:
    """The first failure is moved six days back."""
    endpoint = await webhooks.endpoint(receiver.url)
    receiver.answer = status(500)
    webhooks.event()
    await webhooks.until_delivery(endpoint, attempts=1, last_status=500)
    webhooks.rows.run(
        "update webhook_progress set failing_since = now() - interval '6 days' where endpoint_id = %s", endpoint
    )
    webhooks.make_due(endpoint)
    await webhooks.until_delivery(endpoint, attempts=2, last_status=500)

    async def is_disabled() -> bool:
        row = webhooks.rows.select_one("webhook_endpoints", id=endpoint)
        return row["disabled_reason"] == "failing" and not row["enabled"]

    await eventually(is_disabled)


async def test_retry_after_is_honoured_up_to_an_hour(webhooks: Webhooks, receiver: Receiver) -> None:
    """The endpoint rests as long, and so does the delivery."""
    endpoint = await webhooks.endpoint(receiver.url)
    receiver.answer = status(429, "Retry-After: 999999")
    webhooks.event()
    delivery = await webhooks.until_delivery(endpoint, last_status=429)
    wait = delivery["next_attempt_at"] - delivery["updated_at"]
    assert 3590 < wait.total_seconds() <= 3600
    paused = "select paused_until > now() + interval '59 minutes' from webhook_progress where endpoint_id = %s"
    assert webhooks.rows.value(paused, endpoint)


async def test_a_redirect_is_a_failure(webhooks: Webhooks, receiver: Receiver) -> None:
    """The service never sends an event to another place."""
    endpoint = await webhooks.endpoint(receiver.url)
    receiver.answer = status(302, f"Location: {receiver.url}")
    webhooks.event()
    assert (await webhooks.until_delivery(endpoint, last_status=302))["last_error"] == DeliveryError.REDIRECT
    assert len(receiver.received) == 1


async def test_an_attempt_that_was_never_recorded_is_repeated_with_one_id(
    webhooks: Webhooks, receiver: Receiver
) -> None:
    """As after a kill between send and record: the lease ends, and another process repeats the attempt."""
    endpoint = await webhooks.endpoint(receiver.url)
    event = webhooks.event()
    await webhooks.until_received(receiver, event)
    delivery = await webhooks.until_delivery(endpoint, state="delivered")
    webhooks.rows.update("webhook_deliveries", delivery["id"], state="waiting", settled_at=None)
    webhooks.make_due(endpoint)
    await webhooks.until_received(receiver, event, event)
    await webhooks.until_delivery(endpoint, state="delivered", attempts=2)


async def test_a_dead_endpoint_has_a_bounded_queue(webhooks: Webhooks, receiver: Receiver) -> None:
    """Further events stay in the table of events, and follow when the endpoint accepts events again."""
    endpoint = await webhooks.endpoint("http://127.0.0.1:1/")
    webhooks.rows.run(
        """
        insert into events (organization_id, type, subject_type, subject_id)
        select %s, 'order.changed', 'order', gen_random_uuid() from generate_series(1, 1200)
        """,
        webhooks.rows.organization_id,
    )

    async def is_full() -> bool:
        return len(webhooks.deliveries(endpoint)) == 1000

    await eventually(is_full)
    healthy = await webhooks.endpoint(receiver.url)
    event = webhooks.event()
    await webhooks.until_received(receiver, event)
    assert len(webhooks.deliveries(healthy)) == 1
    webhooks.rows.run("update webhook_deliveries set state = 'failed' where endpoint_id = %s", endpoint)
    await eventually(lambda: _at_least(webhooks, endpoint, 1201))


async def _at_least(webhooks: Webhooks, endpoint: UUID, count: int) -> bool:
    return len(webhooks.deliveries(endpoint)) >= count


async def test_two_senders_keep_the_order_under_failures(
    webhooks: Webhooks, receiver: Receiver, container: Container
) -> None:
    """Every third request fails. The first success of each event follows that of the previous event of its subject."""
    done: dict[str, list[int]] = {}

    async def answer(received: Received, writer: asyncio.StreamWriter) -> None:
        is_failure = len(receiver.received) % 3 == 0
        if not is_failure:
            event = json.loads(received.body)
            sequences = done.setdefault(event["subject"]["id"], [])
            sequences += [event["sequence"]] if event["sequence"] not in sequences else []
        await status(503 if is_failure else 200)(received, writer)

    receiver.answer = answer
    endpoint = await webhooks.endpoint(receiver.url)
    second = asyncio.create_task(container.webhook_sender().run())
    subjects = [uuid4() for _ in range(5)]
    for _ in range(4):
        for subject in subjects:
            webhooks.event(subject=subject)

    async def are_delivered() -> bool:
        webhooks.make_due(endpoint)
        return len(webhooks.deliveries(endpoint, state="delivered")) == 20

    await eventually(are_delivered)
    second.cancel()
    await asyncio.wait([second])
    assert done == {str(subject): [1, 2, 3, 4] for subject in subjects}


async def test_one_organization_gets_a_quarter_of_the_slots(container: Container, rows: Rows) -> None:
    """However many endpoints it has, another organization's endpoint gets a slot."""
    busy = Webhooks(container, rows)
    for _ in range(4):
        await busy.endpoint("http://127.0.0.1:1/")
    for _ in range(8):
        busy.event()
    other = await container.database.create_organization("Other")
    theirs = Webhooks(container, Rows(rows.connection, other))
    await theirs.endpoint("http://127.0.0.1:1/")
    theirs.event()
    await container.deliveries.fan_out()
    claimed = await container.deliveries.exchange([], 8, [])
    assert sorted(one.organization_id == other for one in claimed) == [False, False, True]
    assert await container.deliveries.exchange([], 8, claimed) == []
    rows.run("update webhook_endpoints set enabled = false")
