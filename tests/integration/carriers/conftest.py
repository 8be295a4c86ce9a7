"""An organization with an account at each carrier's simulator."""

import pytest

from tests.fixtures.real_service import LiveShop
from tests.integration.carriers.buyer import CARRIERS, Buyer


@pytest.fixture
async def buyer(live_shop: LiveShop) -> Buyer:
    buyer = Buyer(live_shop)
    for carrier in CARRIERS:
        await buyer.account(carrier)
    return buyer
