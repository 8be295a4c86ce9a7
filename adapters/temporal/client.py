"""The client of Temporal, configured by the same environment variables as Temporal's own tools."""

from typing import Any

from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfigProfile

OLD_TASK_QUEUE = "orderly"
"""The task queue of every run that version 0.1.0 started. All installations of that version in a namespace share it."""

ORGANIZATION = SearchAttributeKey.for_keyword("OrderlyOrganization")
TYPE = SearchAttributeKey.for_keyword("OrderlyType")
ORDER = SearchAttributeKey.for_keyword("OrderlyOrder")

OPENED = "opened"
"""The memo key for the time when a run was opened; it distinguishes two runs with the same workflow id."""


def task_queue_of(installation_id: str) -> str:
    return f"orderly-{installation_id}"


async def connect(address: str | None = None) -> Client:
    """Connect as `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, `TEMPORAL_TLS_*` or a profile configure.

    An `address` given here overrides the environment's.

    Raises:
        RuntimeError: Temporal can't be reached. A connected client survives restarts of the server.
    """
    config: dict[str, Any] = dict(ClientConfigProfile.load().to_client_connect_config())
    if address:
        config["target_host"] = address
    config.setdefault("target_host", "127.0.0.1:7233")
    return await Client.connect(**config, data_converter=pydantic_data_converter)


def namespace() -> str:
    """Return the namespace of the environment or the profile."""
    return ClientConfigProfile.load().namespace or "default"
