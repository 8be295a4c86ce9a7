"""Checks of an order by itself: decimals of amounts, and ids of line items."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from api.orders.schemas import OrderCreate, OrderUpdate
from domain.currencies import decimals_of, has_too_many_decimals
from domain.errors import FieldError, InvalidInput
from domain.json_values import Json
from domain.orders import Order


def refuse_wrong_amounts(body: OrderCreate | OrderUpdate, known: Order | None) -> None:
    """Refuse amounts with more decimals than the order's currency has; `known` is the order to update.

    Raises:
        InvalidInput: with the amounts, or with the currency if stored amounts do not fit it.
    """
    currency = body.currency if known is None or "currency" in body.model_fields_set else known.currency
    places = ("no decimals", "1 decimal", "2 decimals", "3 decimals", "4 decimals")[decimals_of(currency)]
    wrong = [path for path, amount in _sent_amounts(body) if has_too_many_decimals(Decimal(amount), currency)]
    if wrong:
        raise InvalidInput([FieldError(path, f"{currency} has {places}") for path in wrong])
    if known is not None and currency != known.currency and _has_wrong_amount(body, known, currency):
        raise InvalidInput([FieldError(("currency",), f"{currency} has {places}: send the amounts as well")])


def _sent_amounts(body: OrderCreate | OrderUpdate) -> Iterator[tuple[tuple[str | int, ...], str]]:
    yield ("total",), body.total
    for index, item in enumerate(body.line_items):
        if item.price is not None:
            yield ("line_items", index, "price"), item.price


def _has_wrong_amount(body: OrderCreate | OrderUpdate, known: Order, currency: str) -> bool:
    """Return True if an amount that the update keeps does not fit the new currency."""
    amounts = [] if "total" in body.model_fields_set else [known.total]
    if "line_items" not in body.model_fields_set:
        amounts += [item.price for item in known.line_items if item.price is not None]
    return any(has_too_many_decimals(Decimal(amount).normalize(), currency) for amount in amounts)


def number_line_items(items: Sequence[Json]) -> list[Json]:
    """Give each line item without an id its place as the id.

    Raises:
        InvalidInput: two line items have the same id.
    """
    numbered = [{**item, "id": item.get("id") or str(place)} for place, item in enumerate(items, start=1)]
    first = {item["id"]: place for place, item in reversed(list(enumerate(numbered)))}
    repeated = [place for place, item in enumerate(numbered) if first[item["id"]] != place]
    if repeated:
        raise InvalidInput(
            [FieldError(("line_items", place, "id"), "another line item has the same id") for place in repeated]
        )
    return numbered
