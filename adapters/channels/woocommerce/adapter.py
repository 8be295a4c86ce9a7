"""The channel port, spoken to WooCommerce."""

from datetime import datetime

from adapters.channels.woocommerce import mapping, trackings
from adapters.channels.woocommerce.client import WoocommerceClient
from adapters.channels.woocommerce.errors import is_missing, parse_answer
from adapters.channels.woocommerce.plugin import ShipmentTracking
from adapters.http.json import Json
from adapters.http.pre_read import read_before_push
from adapters.http.transport import Destination
from domain.channels import CancelResult, ChannelCapabilities, Fulfillment, FulfillmentRequest
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, Rejected
from domain.shipping import Connection, RawAnswer, SafetyClass


class WoocommerceChannel:
    """One WooCommerce shop; see `domain.ports.channel.ChannelPort`."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        self._client = WoocommerceClient(connection, destination)
        self._can_cancel = connection.settings.may_cancel
        has_plugin = connection.settings.option("tracking") == "plugin"
        self._plugin = ShipmentTracking(self._client) if has_plugin else None
        self._mails = connection.settings.option("customer_mail") in (None, "sent")
        self.aclose = self._client.aclose

    @property
    def capabilities(self) -> ChannelCapabilities:
        """Each fulfillment is an entry in the order with our reference: absence is proof."""
        return ChannelCapabilities(
            can_cancel=self._can_cancel,
            safety=SafetyClass.LOOKUP_STRONG,
            settle_seconds=2 * self._client.call_seconds + 1.0,  # of the read before the PUT, and of the PUT
            look_for_seconds=0.0,
        )

    async def push(self, reference: str, request: FulfillmentRequest) -> RawAnswer:
        """Read the order, then change it exactly once.

        Raises:
            Rejected: less remains than is asked for, or WooCommerce would not write to the customer of that.
        """
        order_id = mapping.check_order_id(request.external_id)
        if self._plugin is not None:
            return await self._plugin.push(order_id, request)
        order = await read_before_push(self._order(order_id), self._client.call_seconds)
        return await self._client.write_order(
            order_id, mapping.build_push(reference, request, order, mails=self._mails)
        )

    def read_fulfillment(self, answer: RawAnswer, request: FulfillmentRequest) -> Fulfillment:
        """Read the answer to a push: the order as it is now, or the plugin's tracking."""
        order = parse_answer(answer)
        if self._plugin is not None:
            return trackings.parse_fulfillment(request.external_id, order)
        entry = mapping.find_pushed_entry(order, request)
        # Only an order that became completed has mailed anybody, whatever was written.
        is_completed = mapping.is_still_completed(entry, order)
        return mapping.to_fulfillment(order, entry, mails=self._mails and is_completed)

    async def find_fulfillments(
        self,
        reference: str,
        request: FulfillmentRequest,
        begun_at: datetime,  # noqa: ARG002 - the port's shape; the reference is enough here
    ) -> list[Fulfillment]:
        """Return the order's entry with this reference, or the plugin's tracking with the number."""
        order_id = mapping.check_order_id(request.external_id)
        if self._plugin is not None:
            return await self._plugin.find(order_id, request)
        order = parse_answer(await self._client.read_order(order_id, "id", "meta_data"))
        found = [one for one in mapping.parse_entries(order) if one.reference == reference]
        return [mapping.to_fulfillment(order, one, mails=self._mails) for one in found]

    async def status(self, fulfillment_id: str) -> Fulfillment | None:
        """Return an entry as it is now.

        Raises:
            Ambiguous: the order has no such entry.
        """
        order_id, reference = mapping.split_id(fulfillment_id)
        if reference.startswith(trackings.MARK):
            return await ShipmentTracking(self._client).status(order_id, reference.removeprefix(trackings.MARK))
        answer = await self._client.read_order(order_id, "id", "status", "meta_data")
        if is_missing(answer):
            return None
        order = parse_answer(answer)
        for one in mapping.parse_entries(order):
            if one.reference == reference:
                return mapping.to_fulfillment(order, one, mails=self._mails)
        raise Ambiguous("the order has no such entry")

    async def cancel(self, fulfillment_id: str) -> CancelResult:
        """Mark an entry as cancelled, and put the order's status back where the push had changed it.

        Raises:
            Ambiguous: the shop can't be understood; to repeat it does no harm.
            Rejected: the entry is cancelled, and the order's status is not what it was before the push. It is not
                written a second time: somebody may have completed the order again.
        """
        order_id, reference = mapping.split_id(fulfillment_id)
        if reference.startswith(trackings.MARK):
            return await ShipmentTracking(self._client).cancel(order_id, reference.removeprefix(trackings.MARK))
        answer = await self._client.read_order(order_id, "id", "status", "meta_data")
        if is_missing(answer):
            return CancelResult(UndoOutcome.NOT_FOUND)
        order = parse_answer(answer)
        found = [one for one in mapping.parse_entries(order) if one.reference == reference]
        if not found:
            return CancelResult(UndoOutcome.NOT_FOUND)
        # WordPress may keep two fields of one key: while one of them is live, so is the fulfillment.
        standing = next((one for one in found if one.state == mapping.LIVE), None)
        if standing is None:
            if mapping.is_still_completed(found[0], order):
                raise _not_restored()
            return CancelResult(UndoOutcome.ALREADY_CANCELLED)
        await self._take_back(order_id, reference, mapping.build_cancel(standing, order))
        return CancelResult(UndoOutcome.CANCELLED)

    async def _take_back(self, order_id: str, reference: str, change: Json) -> None:
        answer = await self._client.write_order(order_id, change)
        if is_missing(answer):
            raise Ambiguous("the shop has shown the order, and says that there is none")
        order = parse_answer(answer)
        states = [one.state for one in mapping.parse_entries(order) if one.reference == reference]
        if states != [mapping.CANCELLED]:
            raise Ambiguous("the order does not have what was written")
        if "status" in change and mapping.read_status(order) != change["status"]:
            raise _not_restored()

    async def _order(self, order_id: str) -> Json:
        return parse_answer(await self._client.read_order(order_id, "id", "status", "line_items", "meta_data"))


def _not_restored() -> Rejected:
    message = "the fulfillment is cancelled, but the shop did not give the order its status back: do that there"
    return Rejected(message, vendor_code="status_kept")
