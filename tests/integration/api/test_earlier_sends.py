"""A vendor reports a refusal although it carried the call out, and the order is closed before the repeat."""

import pytest

from tests.fixtures.polling import eventually
from tests.fixtures.real_service import LiveShop
from tests.integration.api.pauses import OPERATIONS, new_account, new_label, start, until_done

pytestmark = pytest.mark.timeout(120)


@pytest.mark.parametrize("carrier", ["usps", "shipengine", "fedex"])
async def test_a_label_is_found_although_its_order_was_held_meanwhile(live_shop: LiveShop, carrier: str) -> None:
    """Also at USPS, where the idempotency key alone would not help: the repeat is never sent."""
    operation_id = await new_label(live_shop, carrier, await new_account(live_shop, carrier))
    order_id = (await live_shop.data("GET", f"{OPERATIONS}/{operation_id}"))["order_id"]
    await live_shop.sandbox.forget()
    await live_shop.sandbox.script("labels.create", "rate_limited_after_accept")
    await start(live_shop, operation_id)
    await eventually(lambda: live_shop.sandbox.requests("labels.create"), 60.0, "the carrier has the purchase")
    await live_shop.data("PATCH", f"/api/orders/{order_id}", {"status": "on_hold"})

    done = await until_done(live_shop, operation_id)

    labels = await live_shop.sandbox.labels(done["undo"]["steps"][0]["reference"])
    assert [label["tracking_number"] for label in labels] == [done["output"]["tracking_number"]]
