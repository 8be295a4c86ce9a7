"""An organization with a real bridge at a channel's simulator, and an order that the channel has."""

from typing import Any

from tests.fixtures.builders import LINE_ITEMS
from tests.fixtures.engine import Rig
from tests.fixtures.sandboxes import Sandbox
from tests.fixtures.shops import Shop
from tests.integration.channels.vendors import Channel


async def open_shop(
    rig: Rig,
    sandbox: Sandbox,
    channel: Channel,
    line_items: list[dict[str, Any]] | None = None,
    settings: dict[str, Any] | None = None,
    **bridge: Any,
) -> Shop:
    """Create the organization and its order; `settings` and `bridge` change the bridge's settings and columns."""
    external_id = channel.new_order_id()
    ordered = line_items or LINE_ITEMS
    order = {"external_id": external_id, "line_items": [{"price": "1.00", **item} for item in ordered]}
    return await rig.shop(
        sandbox, bridge=channel.bridge(**bridge), channel=channel.settings(sandbox.url, **(settings or {})), order=order
    )
