"""An organization with a real bridge at a channel's simulator, and an order that the channel knows."""

import secrets
from typing import Any

from tests.fixtures.builders import LINE_ITEMS
from tests.fixtures.engine import Rig, Shop
from tests.fixtures.sandboxes import Sandbox
from tests.integration.channels.vendors import Channel


async def open_shop(
    rig: Rig, sandbox: Sandbox, channel: Channel, line_items: list[dict[str, Any]] | None = None, **bridge: Any
) -> Shop:
    """Place an order at the channel, and make the organization that has it; `bridge` are changed columns."""
    external_id = channel.new_order_id()
    ordered = line_items or LINE_ITEMS
    await sandbox.put_order(external_id, [{**one, "price": None} for one in ordered])
    order = {"external_id": external_id, "line_items": [{"price": "1.00", **one} for one in ordered]}
    return await rig.shop(sandbox, bridge=channel.bridge(**bridge), channel=channel.settings(sandbox.url), order=order)


def tracking_number() -> str:
    """A tracking number that no other push has: by it channels know a fulfillment."""
    return f"9{secrets.randbelow(10**11):011d}"
