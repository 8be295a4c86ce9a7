"""Each declared shipping option reaches the simulator, which shows it with the label and charges it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from adapters.http.transport import Destination
from bootstrap.vendors import OpenCarrier, carrier_adapter
from domain.shipping import Mode, ShipmentRequest
from domain.vendors.profile import CarrierProfile
from tests.fixtures.builders import build_connection
from tests.fixtures.option_cases import CASES, OWN_CASES, OptionCase, OwnCase
from tests.integration.sandbox.process import SandboxProcess

SOLD = [case for case in CASES if case.is_sold and not case.is_usual]
PRICED = [case for case in SOLD if case.entry.is_priced]


@asynccontextmanager
async def open_adapter(profile: CarrierProfile, sandbox: SandboxProcess) -> AsyncIterator[OpenCarrier]:
    connection = profile.at_sandbox(replace(build_connection(profile.name), mode=Mode.TEST))
    adapter = carrier_adapter(connection, Destination(f"{sandbox.url}/sim/{profile.name}"))
    try:
        yield adapter
    finally:
        await adapter.aclose()


async def buy(adapter: OpenCarrier, request: ShipmentRequest, sandbox: SandboxProcess) -> dict[str, Any]:
    """Buy a label; return the simulator's record of it."""
    reference = uuid4().hex[:26].upper()
    answer = await adapter.buy(reference, request)
    assert answer.is_success, answer.body
    label = adapter.read_label(answer, request)
    (sold,) = sandbox.http.get("/_sandbox/labels", params={"reference": reference}).json()["data"]
    assert sold["tracking_number"] == label.tracking_number
    return dict(sold)


@pytest.mark.parametrize("case", SOLD, ids=str)
async def test_the_simulator_shows_an_option(case: OptionCase, sandbox: SandboxProcess) -> None:
    """A declared value is the carrier's own, and another value is the client's."""
    async with open_adapter(case.profile, sandbox) as adapter:
        sold = await buy(adapter, case.build_request(), sandbox)
        shown = sold["options"][case.entry.option]
        assert shown
        if case.vendor_value is not None:
            assert case.vendor_value in shown
        elif case.entry.option.startswith("references."):
            assert shown == case.build_value()
        if case.entry.is_priced:
            plain = await buy(adapter, case.build_request({}), sandbox)
            assert plain["options"] == {}
            assert sold["cost"] != plain["cost"]


@pytest.mark.parametrize("case", PRICED, ids=str)
async def test_the_price_contains_an_option(case: OptionCase, sandbox: SandboxProcess) -> None:
    async with open_adapter(case.profile, sandbox) as adapter:
        with_option = await adapter.rates(replace(case.build_request(), service=""))
        without = await adapter.rates(replace(case.build_request({}), service=""))
    prices = [{rate.service: rate.amount for rate in rates} for rates in (with_option, without)]
    assert prices[0][case.service] != prices[1][case.service]


@pytest.mark.parametrize("case", [case for case in OWN_CASES if case.is_sold], ids=str)
async def test_the_simulator_shows_an_own_field(case: OwnCase, sandbox: SandboxProcess) -> None:
    async with open_adapter(case.profile, sandbox) as adapter:
        sold = await buy(adapter, case.build_request(), sandbox)
    value = case.option.example
    expected = str(value).lower() if isinstance(value, bool) else str(value)
    assert sold["options"][f"carrier_options.{case.option.name}"] == expected
