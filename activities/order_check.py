"""Checks the shop's order before a label is bought for it."""

import asyncio
from collections.abc import Mapping
from typing import Any

from activities.effects import build_key
from activities.pausing import pausing_on_auth_failure
from activities.payloads import StepInput
from domain.channels import FulfillmentRequest
from domain.errors import NotSent, Rejected
from domain.json_values import from_json
from domain.orders import LineItem, Order
from domain.ports.channel import ChannelPort, Channels
from domain.ports.ledger import ActivityReads, Ledger, ShippingData
from domain.shipping import Connection
from domain.shop_orders import require_remaining, require_same_lines, require_shippable_state

MAX_LOOK_SECONDS = 30.0
"""Time limit of one check, after which it is retried: the purchase needs the rest of the activity's time."""


class OrderCheck:
    """Checks with the shop whether an order may still be shipped."""

    def __init__(self, ledger: Ledger, reads: ActivityReads, channels: Channels) -> None:
        self._ledger = ledger
        self._reads = reads
        self._channels = channels

    async def before_purchase(self, step: StepInput, data: ShippingData) -> None:
        """Check the shop's order, if its bridge wants the check and the purchase has not been sent before.

        Raises:
            Rejected: the order is closed, on hold or has no remaining items in the shop, or the operation's later push
                would be refused.
            NotSent: the shop is unreachable; nothing was bought.
        """
        bridge_id = data.operation.plan.bridge_id or data.order.bridge_id
        if bridge_id is None or step.doubted or (data.may_be_sent and await self._may_be_sent(step)):
            return
        bridge = await self._reads.bridge(step.organization_id, bridge_id)
        if bridge.settings.check_before_label is False:
            return
        try:
            async with (
                asyncio.timeout(MAX_LOOK_SECONDS),
                pausing_on_auth_failure(self._reads, bridge, step.organization_id),
            ):
                await self._check(step, data, bridge)
        except (NotSent, TimeoutError) as error:
            message = "the shop's order could not be read yet; nothing was bought, and the service retries"
            await self._ledger.note(build_key(step), "step.not_sent", message, once=True)
            raise NotSent("the shop's order could not be read") from error

    async def _may_be_sent(self, step: StepInput) -> bool:
        effect = await self._ledger.latest(build_key(step))
        return effect is not None and effect.stands

    async def _check(self, step: StepInput, data: ShippingData, bridge: Connection) -> None:
        channel = self._channels.open(bridge)
        if data.operation.input.get("allow_order_status"):
            await note_override(self._ledger, step, channel, bridge, data.order.external_id)
        if data.operation.plan.bridge_id is not None:
            await require_same_order(channel, data.order)
            await channel.check_push(build_planned_push(data.operation.input, data.order))
        elif not data.operation.input.get("allow_order_status"):
            order = await channel.read_order(data.order.external_id)
            require_shippable_state(order, bridge.settings.allowed_order_states or ())
            require_remaining(order.lines)


async def require_same_order(channel: ChannelPort, order: Order) -> None:
    """Refuse to push an order without a bridge to a shop's order with other line items; see `require_same_lines`."""
    if order.bridge_id is None and order.line_items:
        require_same_lines(await channel.read_order(order.external_id), order.line_items)


async def note_override(
    ledger: Ledger, step: StepInput, channel: ChannelPort, bridge: Connection, external_id: str
) -> None:
    """Log what `allow_order_status` overrides, if the shop would refuse the order."""
    order = await channel.read_order(external_id)
    try:
        require_shippable_state(order, bridge.settings.allowed_order_states or ())
        require_remaining(order.lines)
    except Rejected as error:
        message = f"{error.message}; allow_order_status lets the step continue"
        await ledger.note(build_key(step), "step.order_status_allowed", message)


def build_planned_push(fields: Mapping[str, Any], order: Order) -> FulfillmentRequest:
    """Build the push that follows a purchase; its parcel has no tracking number yet."""
    wanted = fields.get("line_items")
    return FulfillmentRequest(
        external_id=order.external_id,
        tracking_number=fields.get("tracking_number") or "",
        carrier=fields.get("carrier") or "",
        line_items=None if wanted is None else tuple(from_json(LineItem, item) for item in wanted),
        notify_customer=bool(fields.get("notify_customer")),
        known_items=order.line_items,
        channel_carrier=fields.get("channel_carrier"),
        allow_order_status=bool(fields.get("allow_order_status")),
    )
