"""The connection to Temporal, configured as Temporal's own tools are."""

from typing import Any

from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfigProfile

TASK_QUEUE = "orderly"

ORGANIZATION = SearchAttributeKey.for_keyword("OrderlyOrganization")
TYPE = SearchAttributeKey.for_keyword("OrderlyType")
ORDER = SearchAttributeKey.for_keyword("OrderlyOrder")

OPENED = "opened"
"""The key of a workflow's memo under which stands when its run was opened: what tells two runs of one name apart."""


async def connect(address: str | None = None) -> Client:
    """Connect as `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, `TEMPORAL_TLS_*` or a profile say.

    A given `address` is used instead of the environment's.

    Raises:
        RuntimeError: Temporal is not there. Once connected, a client outlives any restart of the server.
    """
    config: dict[str, Any] = dict(ClientConfigProfile.load().to_client_connect_config())
    if address:
        config["target_host"] = address
    config.setdefault("target_host", "127.0.0.1:7233")
    return await Client.connect(**config, data_converter=pydantic_data_converter)


def namespace() -> str:
    """Return the namespace that the environment or the profile names."""
    return ClientConfigProfile.load().namespace or "default"
