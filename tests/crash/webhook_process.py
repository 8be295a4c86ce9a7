"""A process that sends webhooks, and kills itself after the first answer, before it records it."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping

from bootstrap.container import open_container
from bootstrap.settings import Settings
from domain.ports.webhooks import WebhookClient
from domain.webhooks import AttemptResult
from engine.webhook_sender import WebhookSender


class DeadlyClient:
    """A webhook client whose process dies when an answer has arrived."""

    def __init__(self, client: WebhookClient) -> None:
        self._client = client

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> AttemptResult:
        await self._client.post(url, headers, body)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


async def main(database_url: str, key: str) -> None:
    """Send until the first answer."""
    settings = Settings(database_url=database_url, encryption_keys=[key], allow_loopback=True)
    async with open_container(settings) as container:
        client = DeadlyClient(container.webhook_client)
        await WebhookSender(container.deliveries, client, container.database.clock, 1).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
