"""A process that dies between the answer to a webhook and its record: the event arrives twice, with one id."""

import asyncio
import signal
import sys
from uuid import uuid4

from api.webhook_endpoints.service import new_secret
from bootstrap.container import Container
from domain.webhooks import DeliveryState
from tests.fixtures.polling import eventually
from tests.fixtures.receiver import receiving
from tests.fixtures.rows import Rows


async def test_an_event_is_sent_again_after_a_kill(container: Container, rows: Rows, module_database_url: str) -> None:
    """Another process repeats the attempt when the lease ends, which the test moves."""
    async with receiving() as receiver:
        row = {"url": receiver.url, "event_types": ["order.*"], "description": None, "enabled": True}
        async with container.database.organization(rows.organization_id) as data:
            endpoint = await data.webhook_endpoints.create(row, new_secret())
        rows.insert("events", type="order.changed", subject_type="order", subject_id=uuid4())
        arguments = ("-m", "tests.crash.webhook_process", module_database_url, container.settings.encryption_keys[0])
        process = await asyncio.create_subprocess_exec(sys.executable, *arguments)
        assert await process.wait() == -signal.SIGKILL
        assert rows.select_one("webhook_deliveries")["state"] == DeliveryState.WAITING
        rows.run("update webhook_deliveries set next_attempt_at = now() where endpoint_id = %s", endpoint.id)
        task = asyncio.create_task(container.webhook_sender().run())

        async def is_delivered() -> bool:
            return bool(rows.select_one("webhook_deliveries")["state"] == DeliveryState.DELIVERED)

        await eventually(is_delivered)
        task.cancel()
        await asyncio.wait([task])
    assert len(receiver.event_ids) == 2
    assert len(set(receiver.event_ids)) == 1
