"""Each declared field of the customs data reaches the simulator, which shows it with the label."""

import pytest

from tests.fixtures.customs_cases import CASES, CustomsCase
from tests.integration.sandbox.process import SandboxProcess
from tests.integration.sandbox.test_shipping_options import buy, open_adapter


@pytest.mark.parametrize("case", [case for case in CASES if case.is_sold], ids=str)
async def test_the_simulator_shows_a_field(case: CustomsCase, sandbox: SandboxProcess) -> None:
    """A declared value is the carrier's own, and another text is the client's."""
    async with open_adapter(case.profile, sandbox) as adapter:
        sold = await buy(adapter, case.build_request(case.sample), sandbox)
    group, _, part = case.entry.field.partition(".")
    shown = sold["customs"]["items"][0][part] if group == "items" else sold["customs"]["fields"][case.entry.field]
    assert shown
    if case.vendor_value is not None:
        assert case.vendor_value in shown
    elif part not in ("quantity", "value", "weight"):
        assert case.sample in shown
