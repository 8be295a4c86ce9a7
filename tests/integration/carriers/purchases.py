"""Purchases from one carrier's simulator."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from adapters.http.guarded_network import GuardedNetwork
from bootstrap.container import Adapters
from bootstrap.vendors import OpenCarrier, carrier_adapter
from domain.addresses import AddressRule
from domain.ports.rows import PageQuery
from domain.ports.stores import OperationRecord
from domain.vendors.catalogue import CARRIERS as PROFILES
from tests.fixtures.engine import Rig
from tests.fixtures.sandboxes import Sandbox
from tests.fixtures.shops import Shop
from tests.integration.carriers.vendors import CARRIERS, Carrier

FIRST = PageQuery(page=1, limit=1, sort="created_at", descending=False)


def each(carriers: Sequence[Carrier]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("carrier", carriers, ids=lambda carrier: carrier.name)


each_carrier = each(CARRIERS)
each_that_signs_in = each([carrier for carrier in CARRIERS if carrier.signs_in])
FOUND_BY_REFERENCE = [carrier for carrier in CARRIERS if carrier.safety not in ("keyed", "none")]


async def open_shop(rig: Rig, sandbox: Sandbox, carrier: Carrier, **settings: Any) -> Shop:
    return await rig.shop(sandbox, account=carrier.account(), carrier=carrier.settings(sandbox.url, **settings))


async def buy_label(rig: Rig, shop: Shop, carrier: Carrier, **fields: Any) -> OperationRecord:
    operation = await rig.create(
        shop, "create_shipment", **{"carrier": carrier.name, "service": carrier.service, **fields}
    )
    return await rig.execute(shop, operation)


@contextlib.asynccontextmanager
async def open_adapter(rig: Rig, shop: Shop) -> AsyncIterator[OpenCarrier]:
    connection = await rig.container.reads.account(shop.organization_id, shop.account_id)
    adapters = Adapters(carrier_adapter, None, GuardedNetwork(AddressRule(allow_loopback=True)), PROFILES)
    try:
        yield adapters.open(connection)
    finally:
        await adapters.aclose()
