"""The duplicate guard rejects the same purchase within the time that the organization sets."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.fixtures.builders import FEDEX_GROUND, PARCEL, Json, build_account, build_bridge
from tests.fixtures.in_process_api import ApiClient, refused_paths
from tests.fixtures.rows import Rows, now

PATH = "/api/operations"
ORGANIZATION = "/api/organization"


class Buyer:
    """Buys labels for one order of a guarded organization."""

    def __init__(self, client: ApiClient, order_id: UUID, bridge_id: str) -> None:
        self.client = client
        self.order_id = order_id
        self.bridge_id = bridge_id

    def body(self, kind: str = "create_shipment", **fields: Any) -> Json:
        """Return the body that creates a purchase."""
        bridge = {"bridge_id": self.bridge_id} if kind == "fulfill_order" else {}
        return {"type": kind, "order_id": str(self.order_id), "input": {**FEDEX_GROUND, **bridge, **fields}}

    async def call(self, kind: str = "create_shipment", **fields: Any) -> httpx.Response:
        """Create a purchase."""
        return await self.client.call("POST", PATH, self.body(kind, **fields))

    async def buy(self, kind: str = "create_shipment", **fields: Any) -> str:
        """Create a purchase that must be accepted; return its id."""
        response = await self.call(kind, **fields)
        assert response.status_code == 201, response.text
        return str(response.json()["data"]["id"])


def refused(response: httpx.Response) -> Json:
    """Check that a purchase was rejected; return the details."""
    assert (response.status_code, response.json()["error"]["code"]) == (409, "duplicate_purchase"), response.text
    return dict(response.json()["error"]["details"])


async def guard(client: ApiClient, seconds: int) -> None:
    await client.data("PATCH", ORGANIZATION, {"settings": {"duplicate_guard_seconds": seconds}})


@pytest.fixture
async def buyer(client: ApiClient, rows: Rows) -> Buyer:
    """An order, an account and a bridge of a guarded organization."""
    await client.data("POST", "/api/carrier-accounts", build_account())
    bridge = await client.data("POST", "/api/bridges", build_bridge())
    await guard(client, 600)
    return Buyer(client, rows.insert_order(), bridge["id"])


async def test_the_setting_is_shown_and_changed(client: ApiClient) -> None:
    before = await client.data("GET", ORGANIZATION)
    assert before["settings"] == {"duplicate_guard_seconds": 0}

    await guard(client, 60)

    after = await client.data("GET", ORGANIZATION)
    assert after == {**before, "settings": {"duplicate_guard_seconds": 60}}
    for bad in (-1, 3_000_000, "60", None, 1.5):
        response = await client.call("PATCH", ORGANIZATION, {"settings": {"duplicate_guard_seconds": bad}})
        assert refused_paths(response) == ["settings.duplicate_guard_seconds"], bad
    assert refused_paths(await client.call("PATCH", ORGANIZATION, {"settings": {"guard": 1}})) == ["settings.guard"]
    assert (await client.data("PATCH", ORGANIZATION, {"settings": {}})) == after


async def test_the_guard_is_off_by_default(buyer: Buyer) -> None:
    await guard(buyer.client, 0)
    await buyer.buy()
    await buyer.buy()


async def test_the_same_purchase_is_rejected_and_names_the_first(buyer: Buyer) -> None:
    first = await buyer.buy()

    response = await buyer.call()

    assert refused(response) == {"id": first, "path": ["input"]}
    assert first in response.json()["error"]["message"]


async def test_a_different_purchase_is_accepted(buyer: Buyer, rows: Rows) -> None:
    await buyer.buy()
    await buyer.buy(service="FEDEX_2_DAY")
    await buyer.buy(parcels=[{**PARCEL, "weight": "7"}])
    await buyer.buy("fulfill_order", line_items=[{"sku": "MUG", "quantity": 1}])
    buyer.order_id = rows.insert_order()
    await buyer.buy()


@pytest.mark.parametrize(
    "other",
    [{"weight": "2.50"}, {"weight": 2.5}, {"weight": "2.500"}, {"weight": "40", "weight_unit": "oz"}],
)
async def test_a_parcel_in_another_notation_is_the_same(buyer: Buyer, other: Json) -> None:
    await buyer.buy(parcels=[PARCEL])

    refused(await buyer.call(parcels=[{**PARCEL, **other}]))


async def test_an_explicit_default_parcel_is_the_same(buyer: Buyer) -> None:
    await buyer.buy()

    refused(await buyer.call(parcels=[PARCEL]))


async def test_the_guard_covers_both_operation_types(buyer: Buyer) -> None:
    """create_shipment and fulfill_order buy the same label."""
    first = await buyer.buy()

    assert refused(await buyer.call("fulfill_order"))["id"] == first


async def test_an_override_is_logged(buyer: Buyer, rows: Rows) -> None:
    await buyer.buy()

    second = await buyer.buy(allow_duplicate=True)

    (entry,) = rows.select_log(UUID(second))
    assert entry["details"]["allow_duplicate"] is True
    refused(await buyer.call())


async def test_a_purchase_that_is_neither_open_nor_live_does_not_count(buyer: Buyer, rows: Rows) -> None:
    await buyer.client.data("POST", f"{PATH}/{await buyer.buy()}/cancel")
    second = UUID(await buyer.buy())
    refused(await buyer.call())
    rows.update("operations", second, status="executing")
    refused(await buyer.call())
    rows.update("operations", second, status="completed")
    shipment_id = rows.insert_shipment(operation_id=second)
    refused(await buyer.call())

    rows.update("shipments", shipment_id, status="voided", voided_at=now())

    third = UUID(await buyer.buy())
    rows.update("operations", third, status="executing")
    rows.update("operations", third, status="failed")
    await buyer.buy()


async def test_the_guard_ends_with_its_time(buyer: Buyer, rows: Rows) -> None:
    first = await buyer.buy()
    rows.run("update operations set created_at = now() - interval '11 minutes' where id = %s", UUID(first))

    await buyer.buy()


async def test_one_of_many_parallel_purchases_is_created(buyer: Buyer) -> None:
    answers = await asyncio.gather(*(buyer.call() for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 7]


async def test_a_batch_with_a_duplicate_is_rejected_as_a_whole(buyer: Buyer, rows: Rows) -> None:
    """The first purchase is in the same batch or was created before."""
    heavy = {**PARCEL, "weight": "7"}
    twice = {"operations": [buyer.body(), buyer.body(parcels=[heavy]), buyer.body()]}

    inside = await buyer.client.call("POST", f"{PATH}/batch", twice)

    assert refused(inside) == {"id": None, "path": ["operations", 2, "input"]}
    assert rows.select("operations") == []
    first = await buyer.buy(parcels=[heavy])
    assert refused(await buyer.client.call("POST", f"{PATH}/batch", {"operations": twice["operations"][:2]})) == {
        "id": first,
        "path": ["operations", 1, "input"],
    }
    allowed = [buyer.body(), buyer.body(allow_duplicate=True)]
    await buyer.client.data("POST", f"{PATH}/batch", {"operations": allowed})
