"""An order without a bridge belongs to a shop's order only if their line items fit."""

import pytest

from domain.errors import Rejected
from domain.orders import LineItem
from domain.shop_orders import ShopLine, ShopOrder, ShopOrderState, require_same_lines

MUG, CAP = ShopLine("88", "MUG", 2), ShopLine("gid-89", "CAP", 1, item_id="89")
OUR_MUG, OUR_CAP = LineItem(2, id="88", sku="MUG"), LineItem(1, id="89", sku="CAP")
PEN = LineItem(1, id="12", sku="PEN")


def build_shop_order(*lines: ShopLine) -> ShopOrder:
    return ShopOrder(ShopOrderState.OPEN, "processing", lines)


@pytest.mark.parametrize(
    ("lines", "items"),
    [
        ((MUG, CAP), (OUR_MUG, OUR_CAP)),
        ((MUG, CAP), (LineItem(2, id="1", sku=" MUG "), LineItem(1, id="2", sku="CAP"))),
        ((CAP,), (OUR_MUG, OUR_CAP)),
        ((MUG, CAP), (OUR_MUG,)),
        ((), (OUR_MUG,)),
        ((ShopLine("90", "PIN", 0),), (OUR_MUG,)),
        ((MUG, CAP), (LineItem(2, id="1"), LineItem(1, id="2"))),
        ((MUG, CAP), (OUR_MUG, LineItem(1, id="coupon", price="-5.00"))),
    ],
    ids=["ids", "SKUs", "one is shipped", "one was added", "all are shipped", "gone", "no names", "a discount"],
)
def test_one_order_may_differ_on_one_side(lines: tuple[ShopLine, ...], items: tuple[LineItem, ...]) -> None:
    require_same_lines(build_shop_order(*lines), items)


@pytest.mark.parametrize("items", [(PEN,), (OUR_MUG, PEN)])
def test_orders_with_different_items_are_two_orders(items: tuple[LineItem, ...]) -> None:
    with pytest.raises(Rejected) as refused:
        require_same_lines(build_shop_order(MUG, CAP), items)

    assert (refused.value.vendor_code, refused.value.field) == ("other_line_items", "order_id")
    assert "none with the id or SKU 12" in refused.value.message
    assert "bridge_id" in refused.value.message
