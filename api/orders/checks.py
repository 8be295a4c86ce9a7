"""What an order must be in itself: amounts with the decimals of its currency, and line items with ids."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from api.orders.schemas import OrderCreate, OrderUpdate
from domain.currencies import decimals_of, has_too_many_decimals
from domain.errors import FieldError, InvalidInput
from domain.json_values import Json
from domain.orders import Order


def refuse_wrong_amounts(body: OrderCreate | OrderUpdate, known: Order | None) -> None:
    """Refuse amounts with more decimals than the order's currency has; `known` is the order that is updated.

    Raises:
        InvalidInput: naming the amounts, or the currency if the order has such amounts already.
    """
    currency = body.currency if known is None or "currency" in body.model_fields_set else known.currency
    places = ("no decimals", "1 decimal", "2 decimals", "3 decimals", "4 decimals")[decimals_of(currency)]
    wrong = [path for path, amount in _sent_amounts(body) if has_too_many_decimals(Decimal(amount), currency)]
    if wrong:
        raise InvalidInput([FieldError(path, f"{currency} has {places}") for path in wrong])
    if known is not None and currency != known.currency and _has_wrong_amount(body, known, currency):
        raise InvalidInput([FieldError(("currency",), f"{currency} has {places}: send the amounts, too")])


def _sent_amounts(body: OrderCreate | OrderUpdate) -> Iterator[tuple[tuple[str | int, ...], str]]:
    yield ("total",), body.total
    for index, item in enumerate(body.line_items):
        if item.price is not None:
            yield ("line_items", index, "price"), item.price


def _has_wrong_amount(body: OrderCreate | OrderUpdate, known: Order, currency: str) -> bool:
    """Whether an amount that the update leaves as it is can't be in the currency."""
    amounts = [] if "total" in body.model_fields_set else [known.total]
    if "line_items" not in body.model_fields_set:
        amounts += [item.price for item in known.line_items if item.price is not None]
    return any(has_too_many_decimals(Decimal(amount).normalize(), currency) for amount in amounts)


def number_line_items(items: Sequence[Json]) -> list[Json]:
    """Give each line item without an id its place as the id.

    Raises:
        InvalidInput: two line items have one id.
    """
    numbered = [{**item, "id": item.get("id") or str(place)} for place, item in enumerate(items, start=1)]
    first = {item["id"]: place for place, item in reversed(list(enumerate(numbered)))}
    repeated = [place for place, item in enumerate(numbered) if first[item["id"]] != place]
    if repeated:
        raise InvalidInput(
            [FieldError(("line_items", place, "id"), "another line item has this id") for place in repeated]
        )
    return numbered
