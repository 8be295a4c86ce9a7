"""The sandbox adds the fees of options to the price, and prints the options."""

from decimal import Decimal

from sandbox.carriers.fees import fee_of
from sandbox.carriers.label_layout import option_lines


def test_an_option_costs_a_fixed_fee_or_a_share_of_its_amount() -> None:
    assert fee_of({}) == 0
    assert fee_of({"references.po": "1", "signature": "ADULT"}) == Decimal("3.65")
    assert fee_of({"insurance": "250.00 USD", "declared_value": "5"}) == Decimal("3.50")


def test_references_and_other_options_have_a_line_each() -> None:
    assert option_lines({}) == []
    options = {"references.po": "4711", "signature": "ADULT", "references.order": "9", "label.size": "4X8"}
    assert option_lines(options) == ["PO 4711  ORDER 9", "SIGNATURE ADULT  SIZE 4X8"]
