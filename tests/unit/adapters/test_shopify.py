"""Shopify's documents as its schema has them, what a push takes of an order, and its answers read."""

import json
from typing import Any

import pytest
from graphql import GraphQLSchema, parse, validate
from graphql.execution.values import get_variable_values
from graphql.language.ast import OperationDefinitionNode

from adapters.channels.shopify import answers, documents, requests
from adapters.channels.shopify.answers import FulfillmentOrder
from adapters.channels.shopify.documents import CREATE, DOCUMENTS, ORDER, Document
from adapters.channels.shopify.errors import parse_payload, parse_root
from domain.channels import FulfillmentRequest, FulfillmentStatus
from domain.errors import Ambiguous, AuthFailed, Curable, EffectError, RateLimited, Rejected
from domain.shipping import RawAnswer
from domain.shop_orders import ShopLine
from sandbox.channel.shopify.schema import shopify_schema
from tests.fixtures.builders import build_fulfillment_request
from tests.fixtures.shopify_schema import own_schema

NUMBER = "986578788855"
OURS = [{"id": ident, "sku": sku, "quantity": 9} for ident, sku in (("11", "TEE"), ("12", "MUG"), ("x", "CAP"))]


@pytest.fixture(scope="module", params=["of the simulator", "of Shopify"])
def schema(request: pytest.FixtureRequest) -> GraphQLSchema:
    """The schema that the simulator runs, and Shopify's own."""
    return own_schema() if request.param == "of Shopify" else shopify_schema()


def request(**changed: Any) -> FulfillmentRequest:
    given = {
        "external_id": "4001",
        "tracking_number": NUMBER,
        "carrier": "fedex",
        "line_items": None,
        "notify_customer": False,
        "known_items": OURS,
    }
    return build_fulfillment_request(**{**given, **changed})


def part(
    ident: str, place: str = "Durham", *, is_open: bool = True, status: str = "OPEN", **left: int
) -> FulfillmentOrder:
    """A fulfillment order of T-shirts (11), mugs (12) and caps (13), so many of each."""
    numbers = {"TEE": "11", "MUG": "12", "CAP": "13"}
    lines = tuple(ShopLine(f"{ident}-{sku}", sku, count, numbers[sku]) for sku, count in left.items())
    return FulfillmentOrder(ident, status, (place,), is_open, lines)


def taken(body: dict[str, Any]) -> dict[str, int]:
    """Return what is asked for, by line."""
    parts = body["lineItemsByFulfillmentOrder"]
    return {line["id"]: line["quantity"] for part in parts for line in part["fulfillmentOrderLineItems"]}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_documents_fit_the_schema(schema: GraphQLSchema, document: Document) -> None:
    """Every field and argument exists, and the root field and the name are those that the adapter reads by."""
    parsed = parse(document.text)
    [operation] = parsed.definitions

    assert validate(schema, parsed) == []
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name is not None
    assert operation.name.value == document.name
    assert [field.name.value for field in operation.selection_set.selections] == [document.root]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("right", "wrong"), [("userErrors", "errors"), ("$fulfillment", "$fulfilment"), ("status", "state")]
)
def test_a_document_that_does_not_fit_is_found(schema: GraphQLSchema, right: str, wrong: str) -> None:
    """A misspelt field or variable is an error."""
    assert validate(schema, parse(CREATE.text.replace(right, wrong, 1))) != []


def test_the_simulators_schema_is_a_part_of_shopifys() -> None:
    """Every type, field, argument and value that it has is there, of the same type: what it proves holds at Shopify."""
    theirs = own_schema().type_map
    mine = {name: kind for name, kind in shopify_schema().type_map.items() if not name.startswith("__")}

    assert {name: type(kind) for name, kind in mine.items()} == {name: type(theirs[name]) for name in mine}
    for name, kind in mine.items():
        assert _describe(kind).items() <= _describe(theirs[name]).items(), name


def _describe(kind: Any) -> dict[str, str]:
    """Say what a type has, each thing with its own type."""
    values = dict.fromkeys(getattr(kind, "values", {}), "a value")
    fields = getattr(kind, "fields", {})
    arguments = {
        f"{name}({argument})": str(value.type)
        for name, field in fields.items()
        for argument, value in getattr(field, "args", {}).items()
    }
    return {**values, **arguments, **{name: str(field.type) for name, field in fields.items()}}


@pytest.mark.parametrize("line_items", [None, [{"sku": "TEE", "quantity": 1}]])
def test_the_input_of_a_push_fits_the_schema(schema: GraphQLSchema, line_items: list[dict[str, Any]] | None) -> None:
    """Names and types of the variables are Shopify's."""
    body = requests.build_fulfillment(request(line_items=line_items), [part("A", TEE=2)])
    [operation] = parse(CREATE.text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    asked = operation.variable_definitions or ()

    assert not isinstance(get_variable_values(schema, asked, {"fulfillment": body}), list)
    assert isinstance(get_variable_values(schema, asked, {"fulfillment": {**body, "notify": True}}), list)


def test_a_push_of_everything_names_the_fulfillment_orders() -> None:
    """Of all that are at the one place; what is fulfilled already is left out. Nobody is written to unasked."""
    body = requests.build_fulfillment(
        request(), [part("A", TEE=2), part("B", MUG=1), part("C", MUG=0), part("D", is_open=False)]
    )

    assert body == {
        "lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": "A"}, {"fulfillmentOrderId": "B"}],
        "notifyCustomer": False,
        "trackingInfo": {"company": "FedEx", "number": NUMBER},
    }
    told = requests.build_fulfillment(request(notify_customer=True, carrier="pigeon"), [part("A", TEE=2)])
    assert told["notifyCustomer"] is True
    assert told["trackingInfo"]["company"] == "pigeon"


@pytest.mark.parametrize(
    ("line_items", "expected"),
    [
        ([{"sku": "TEE", "quantity": 1}], {"A-TEE": 1}),
        ([{"id": "11", "quantity": 3}], {"A-TEE": 2, "B-TEE": 1}),
        ([{"id": "gid://shopify/LineItem/11", "quantity": 1}], {"A-TEE": 1}),
        ([{"id": "x", "quantity": 1}], {"B-CAP": 1}),
        ([{"sku": "TEE", "quantity": 2}, {"id": "11", "quantity": 1}], {"A-TEE": 2, "B-TEE": 1}),
    ],
)
def test_line_items_are_taken_over_fulfillment_orders(
    line_items: list[dict[str, Any]], expected: dict[str, int]
) -> None:
    """By Shopify's number, or by SKU where the shop has no such number; a line is never taken twice."""
    body = requests.build_fulfillment(request(line_items=line_items), [part("A", TEE=2), part("B", TEE=1, CAP=1)])

    assert taken(body) == expected


def test_one_place_that_has_all_is_preferred() -> None:
    """The first place has too few, so nothing is taken there."""
    orders = [part("A", "Durham", TEE=1), part("B", "Reno", TEE=2)]

    assert taken(requests.build_fulfillment(request(line_items=[{"sku": "TEE", "quantity": 2}]), orders)) == {
        "B-TEE": 2
    }


@pytest.mark.parametrize(
    ("line_items", "orders", "code", "field"),
    [
        (None, [], "exceeds_remaining", "line_items"),
        (None, [part("A", TEE=0)], "exceeds_remaining", "line_items"),
        (None, [part("A", TEE=1), part("B", "Reno", MUG=1)], "several_locations", "line_items"),
        (None, [part("A", TEE=1), part("B", is_open=False, status="ON_HOLD", MUG=1)], "not_fulfillable", "line_items"),
        ([{"sku": "TEE", "quantity": 2}], [part("A", TEE=1)], "exceeds_remaining", "line_items.0.quantity"),
        (
            [{"sku": "TEE", "quantity": 1}],
            [part("A", is_open=False, TEE=1)],
            "exceeds_remaining",
            "line_items.0.quantity",
        ),
        (
            [{"sku": "TEE", "quantity": 1}, {"sku": "HAT", "quantity": 1}],
            [part("A", TEE=1)],
            "no_such_line_item",
            "line_items.1",
        ),
        (
            [{"sku": "TEE", "quantity": 1}, {"sku": "MUG", "quantity": 1}],
            [part("A", TEE=1), part("B", "Reno", MUG=1)],
            "several_locations",
            "line_items",
        ),
    ],
)
def test_what_the_order_does_not_hold_is_refused(
    line_items: list[dict[str, Any]] | None, orders: list[FulfillmentOrder], code: str, field: str | None
) -> None:
    """Before anything is sent, with the field's name."""
    with pytest.raises(Rejected) as refused:
        requests.build_fulfillment(request(line_items=line_items), orders)

    assert (refused.value.vendor_code, refused.value.field) == (code, field)


@pytest.mark.parametrize("given", ["4001", "gid://shopify/Order/4001"])
def test_an_order_is_known_by_its_number_or_gid(given: str) -> None:
    """Both are the same order."""
    assert requests.to_order_gid(given) == "gid://shopify/Order/4001"


@pytest.mark.parametrize("given", ["", "#1001", "order-1", "gid://shopify/Product/1", "1\n", "0", "٣"])
def test_an_order_that_can_not_be_shopifys_is_refused(given: str) -> None:
    """Nothing is sent for it."""
    with pytest.raises(Rejected) as refused:
        requests.to_order_gid(given)
    assert refused.value.field == "order_id"


def answer(body: Any, status: int = 200, **headers: str) -> RawAnswer:
    return RawAnswer(status, body if isinstance(body, bytes) else json.dumps(body).encode(), headers)


MADE = {
    "id": "gid://shopify/Fulfillment/1",
    "status": "SUCCESS",
    "createdAt": "2026-11-23T18:00:00Z",
    "trackingInfo": [{"number": NUMBER}],
}


def created(fulfillment: Any, *messages: str, **more: Any) -> dict[str, Any]:
    errors = [{"field": ["fulfillment", "trackingInfo", "number"], "message": message} for message in messages]
    return {"data": {"fulfillmentCreate": {"fulfillment": fulfillment, "userErrors": errors}}, **more}


def test_a_fulfillment_is_read() -> None:
    """A single object in place of a list is a list of one; what was made is made, whatever else is said."""
    for body in (
        created(MADE),
        created({**MADE, "trackingInfo": {"number": NUMBER}}),
        created(MADE, errors=[{"message": "Internal error"}]),
    ):
        read = answers.parse_fulfillment(parse_payload(answer(body), CREATE))
        assert (read.fulfillment_id, read.numbers) == ("gid://shopify/Fulfillment/1", (NUMBER,))
        assert answers.to_fulfillment(read, NUMBER, notified=True).status is FulfillmentStatus.LIVE


def test_user_errors_are_told_in_shopifys_words() -> None:
    """They have no code; the field is told by our name for it."""
    with pytest.raises(Rejected) as refused:
        parse_payload(answer(created(None, "Number is bad", "Really")), CREATE)

    assert refused.value.message == "Number is bad; Really"
    assert (refused.value.vendor_code, refused.value.field) == ("userErrors", "tracking_number")


def throttled(there: Any, rate: Any, wanted: Any = 70, most: Any = 1000) -> dict[str, Any]:
    bucket = {"maximumAvailable": most, "currentlyAvailable": there, "restoreRate": rate}
    cost = {"requestedQueryCost": wanted, "actualQueryCost": None, "throttleStatus": bucket}
    error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
    return {"errors": [error], "extensions": {"cost": cost}}


@pytest.mark.parametrize(
    ("body", "after"),
    [
        (throttled(20, 50), 1.0),
        (throttled(66.0, 100.0), 0.1),
        (throttled(0, 50, 1000), 20.0),
        (throttled(90, 50), 0.1),
        (throttled(0, 0), 1.0),
        (throttled(None, "x"), 1.0),
        (throttled(-(10.0**9), 1), 3600.0),
        ({"errors": [{"message": "Throttled"}]}, 1.0),
    ],
)
def test_a_throttled_call_waits_for_the_bucket(body: dict[str, Any], after: float) -> None:
    """As long as it takes to hold what the call costs; a second where nothing is told."""
    with pytest.raises(RateLimited) as limited:
        parse_payload(answer(body), CREATE)
    assert limited.value.after == pytest.approx(after)


def test_a_call_that_no_bucket_can_hold_is_refused() -> None:
    """Waiting would never end."""
    with pytest.raises(Rejected):
        parse_payload(answer(throttled(0, 50, 2000)), CREATE)


def failed(code: str) -> dict[str, Any]:
    return {"data": {"fulfillmentCreate": None}, "errors": [{"message": "no", "extensions": {"code": code}}]}


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (answer(failed("ACCESS_DENIED")), AuthFailed),
        (answer(failed("MAX_COST_EXCEEDED")), Rejected),
        (answer(failed("INTERNAL_SERVER_ERROR")), Ambiguous),
        (answer(failed("TIMEOUT")), Ambiguous),
        (answer({"errors": "what?"}), Ambiguous),
        (answer({"errors": ["what?"], "data": None}), Ambiguous),
        (answer(created(None)), Ambiguous),
        (answer({"data": {"fulfillmentCreate": None}}), Ambiguous),
        (answer({"data": None}), Ambiguous),
        (answer({"data": {"fulfillmentCreate": []}}), Ambiguous),
        (answer({}), Ambiguous),
        (answer([]), Ambiguous),
        (answer(b""), Ambiguous),
        (answer(b"<html>Shopify</html>"), Ambiguous),
        (answer(json.dumps(created(MADE)).encode()[:-9]), Ambiguous),
        (answer({"errors": "bad token"}, 401), AuthFailed),
        (answer({"errors": "no scope"}, 403), AuthFailed),
        (answer(b"<html>", 403), Rejected),
        (answer({"errors": "frozen"}, 402), Curable),
        (answer(b"<html>", 404), Rejected),
        (answer({"errors": "slow down"}, 429, **{"retry-after": "2"}), RateLimited),
        (answer(b"", 500), Ambiguous),
        (answer(b"", 503, **{"retry-after": "2"}), Ambiguous),
        (answer(b"", 302), Ambiguous),
    ],
)
def test_what_is_not_a_fulfillment_is_told_by_what_it_means(given: RawAnswer, error: type[EffectError]) -> None:
    """Errors, `userErrors` and nothing at all are three things; what is not understood may have happened."""
    with pytest.raises(EffectError) as told:
        parse_payload(given, CREATE)
    assert type(told.value) is error


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "NEW"},
        {"id": ""},
        {"id": "x" * 256},
        {"createdAt": "soon"},
        {"createdAt": "2026-11-23T18:00:00"},
        {"trackingInfo": "x"},
    ],
)
def test_a_fulfillment_of_another_shape_is_ambiguous(changed: dict[str, Any]) -> None:
    """Nothing is guessed."""
    with pytest.raises(Ambiguous):
        answers.parse_fulfillment({**MADE, **changed})


def test_no_such_order_is_no_error() -> None:
    """The root is null, and nothing is wrong."""
    assert parse_root(answer({"data": {"order": None}}), ORDER) is None


def lines(*given: tuple[str, str | None, int], more: bool = False) -> dict[str, Any]:
    nodes = [
        {"quantity": count, "lineItem": {"id": f"gid://shopify/LineItem/{number}", "sku": sku}}
        for number, sku, count in given
    ]
    return {"fulfillmentLineItems": {"pageInfo": {"hasNextPage": more, "endCursor": "x"}, "nodes": nodes}}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (lines(("11", "TEE", 1), ("12", "MUG", 1)), True),
        (lines(("91", "TEE", 1), ("92", "MUG", 1)), True),
        (lines(("11", "TEE", 2)), False),
        (lines(("11", "TEE", 1)), False),
        (lines(("11", "TEE", 1), ("12", "MUG", 2)), False),
        (lines(("11", "TEE", 1), ("13", None, 1)), False),
        (lines(("13", None, 1), more=True), True),
        (lines(), False),
    ],
)
def test_a_fulfillment_is_known_by_its_items(body: dict[str, Any], expected: bool) -> None:
    """Exactly what was pushed, no more and no less."""
    pushed = request(line_items=[{"id": "11", "quantity": 1}, {"sku": "MUG", "quantity": 1}])

    assert answers.has_lines(body, pushed) is expected


def test_pages_that_end_nowhere_are_ambiguous() -> None:
    """A page without its info, and one that says that there is more and not where."""
    nowhere = {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": None}}
    shapes: list[Any] = [None, [], {"nodes": []}, nowhere]
    for connection in shapes:
        with pytest.raises(Ambiguous):
            answers.parse_page(connection)


def test_the_list_of_fulfillments_is_asked_for_up_to_its_limit() -> None:
    """The adapter takes a full list for one that may have more."""
    assert f"fulfillments(first: {documents.MAX_FULFILLMENTS})" in documents.PUSHED.text
