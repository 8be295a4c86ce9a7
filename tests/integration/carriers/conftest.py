"""An organization with an account at each carrier's simulator."""

import pytest

from tests.fixtures.real_service import LiveShop
from tests.integration.carriers.rehearsal import CARRIERS, Rehearsal


@pytest.fixture
async def rehearsal(live_shop: LiveShop) -> Rehearsal:
    rehearsal = Rehearsal(live_shop)
    for carrier in CARRIERS:
        await rehearsal.account(carrier)
    return rehearsal
