"""The labels of many shipments in one file."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from api.app import create_app
from api.http.auth import Scope
from api.labels import selection
from api.labels.turns import MergeTurns
from tests.fixtures.in_process_api import ApiClient
from tests.fixtures.label_files import draw_label, read_pages, scan_pages
from tests.fixtures.rows import Rows

PATH = "/api/labels/merge"


class Shelf:
    """Inserts shipments of one account and one operation, with their documents."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.owner = {"operation_id": rows.insert_operation("completed"), "carrier_account_id": rows.insert_account()}
        self._count = 0

    def insert(self, label_format: str = "PDF", document: bytes | None = None, **columns: Any) -> UUID:
        self._count += 1
        number = str(794644790000 + self._count)
        values = {"tracking_number": number, "label_format": label_format, **self.owner, **columns}
        shipment_id = self.rows.insert_shipment(**values)
        drawn = draw_label(values["tracking_number"], label_format) if document is None else document
        self.rows.insert_with_id(
            "shipment_documents", kind="label", shipment_id=shipment_id, format=label_format, document=drawn
        )
        return shipment_id


@pytest.fixture
def shelf(rows: Rows) -> Shelf:
    return Shelf(rows)


async def merge(client: ApiClient, ids: Sequence[object], **fields: Any) -> bytes:
    response = await client.call("POST", PATH, {"ids": [str(ident) for ident in ids], **fields})
    assert response.status_code == 200, response.text
    return response.content


async def refuse(client: ApiClient, ids: Sequence[object]) -> dict[str, str]:
    """Return the problem of each path."""
    response = await client.call("POST", PATH, {"ids": [str(ident) for ident in ids]})
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (422, "invalid_input"), error
    return {
        ".".join(map(str, field["path"])): field.get("code") or field["message"] for field in error["details"]["fields"]
    }


async def test_500_labels_are_one_file_in_the_order_of_the_ids(client: ApiClient, shelf: Shelf) -> None:
    ids = [shelf.insert() for _ in range(500)]
    numbers = [str(794644790001 + place) for place in range(500)]

    response = await client.call("POST", PATH, {"ids": [str(ident) for ident in reversed(ids)]})

    assert response.headers["content-type"] == "application/pdf"
    assert response.headers["content-disposition"] == 'inline; filename="labels.pdf"'
    assert int(response.headers["content-length"]) == len(response.content)
    pages = read_pages(response.content)
    assert [number in page for number, page in zip(reversed(numbers), pages, strict=True)] == [True] * 500
    assert list(scan_pages(response.content, step=125)) == [{number} for number in numbers[::-125]]


async def test_labels_are_sorted_by_their_order_numbers(client: ApiClient, shelf: Shelf, rows: Rows) -> None:
    orders = [rows.insert_order(order_number=number) for number in ("#10", "#9", None)]
    ids = [shelf.insert(order_id=order) for order in orders]

    merged = await merge(client, ids, sort="order_number")

    assert list(scan_pages(merged)) == [{"794644790002"}, {"794644790001"}, {"794644790003"}]


async def test_png_and_pdf_labels_share_a_pdf_with_the_requested_sizes(client: ApiClient, shelf: Shelf) -> None:
    sent = Jsonb({"shipping_options": {"label": {"size": "4x8"}}})
    ids = [shelf.insert("PNG"), shelf.insert("PDF"), shelf.insert("PNG", sent=sent)]

    merged = await merge(client, ids)

    assert list(scan_pages(merged)) == [{"794644790001"}, {"794644790002"}, {"794644790003"}]
    assert b"/MediaBox [0 0 288.00 576.00]" in merged


async def test_zpl_labels_are_one_zpl_file(client: ApiClient, shelf: Shelf) -> None:
    ids = [shelf.insert("ZPL") for _ in range(2)]

    response = await client.call("POST", PATH, {"ids": [str(ident) for ident in ids]})

    assert response.headers["content-type"] == "application/zpl"
    assert response.content == draw_label("794644790001", "ZPL") + draw_label("794644790002", "ZPL")


async def test_the_media_type_is_bytes_if_the_client_asks_for_it(client: ApiClient, shelf: Shelf) -> None:
    response = await client.call("POST", PATH, {"ids": [str(shelf.insert())]}, Accept="application/octet-stream")

    assert response.headers["content-type"] == "application/octet-stream"


async def test_each_label_that_can_not_be_printed_is_named(client: ApiClient, shelf: Shelf, rows: Rows) -> None:
    """A shipment of another organization is missing like an unknown one."""
    stranger = uuid4()
    rows.run("insert into organizations (id, name) values (%s, 'B')", stranger)
    foreign, unknown, good = Shelf(Rows(rows.connection, stranger)).insert(), uuid4(), shelf.insert()
    states = ("voided", "refund_pending", "refund_rejected")
    ids = [good, foreign, unknown, *(shelf.insert(status=status) for status in states), rows.insert_shipment(), good]

    assert await refuse(client, ids) == {
        "ids.1": "shipment_not_found",
        "ids.2": "shipment_not_found",
        "ids.3": "label_voided",
        "ids.4": "label_voided",
        "ids.5": "label_voided",
        "ids.6": "label_not_found",
        "ids.7": "repeats ids.0",
    }


async def test_the_label_of_an_erased_order_is_missing(client: ApiClient, shelf: Shelf, rows: Rows) -> None:
    order = rows.insert_order(status="shipped")
    shipment = shelf.insert(order_id=order)
    erased = await client.call("POST", f"/api/orders/{order}/erase", {"reason": "asked by the customer"})
    assert erased.is_success, erased.text

    assert await refuse(client, [shipment]) == {"ids.0": "label_not_found"}


def insert_parcels(shelf: Shelf, *parcels: int) -> UUID:
    """Insert a shipment of three parcels with the labels of some of them, and an invoice."""
    shipment = shelf.rows.insert_shipment(**shelf.owner)
    for number in (3, 1, 2):
        shelf.rows.insert(
            "shipment_parcels", shipment_id=shipment, number=number, tracking_number=f"79464479000{number}"
        )
    documents = [
        ("commercial_invoice", None, "INVOICE"),
        *(("label", number, f"79464479000{number}") for number in parcels),
    ]
    for kind, parcel, text in documents:
        document = {"kind": kind, "parcel": parcel, "format": "PDF", "document": draw_label(text)}
        shelf.rows.insert_with_id("shipment_documents", shipment_id=shipment, **document)
    return shipment


async def test_a_shipment_has_the_labels_of_all_parcels_in_order(client: ApiClient, shelf: Shelf) -> None:
    """Documents for customs follow, if the client includes them."""
    shipment = insert_parcels(shelf, 2, 3, 1)
    labels = [{f"79464479000{number}"} for number in (1, 2, 3)]
    plain = shelf.insert(tracking_number="794644790009")

    assert list(scan_pages(await merge(client, [shipment]))) == labels
    both = await merge(client, [shipment, plain], include=["label", "commercial_invoice"])
    assert list(scan_pages(both)) == [*labels, {"INVOICE"}, {"794644790009"}]
    assert list(scan_pages(await merge(client, [shipment], include=["commercial_invoice"]))) == [{"INVOICE"}]


async def test_a_parcel_without_its_label_is_named(client: ApiClient, shelf: Shelf) -> None:
    shipment = insert_parcels(shelf, 1, 3)

    response = await client.call("POST", PATH, {"ids": [str(shipment)]})

    assert response.json()["error"]["details"]["fields"] == [
        {"path": ["ids", 0], "message": "parcel 2 has no label document", "code": "label_not_found"}
    ]


async def test_labels_of_two_kinds_are_refused(client: ApiClient, shelf: Shelf) -> None:
    ids = [shelf.insert("PDF"), shelf.insert("ZPL"), shelf.insert("PNG"), shelf.insert("ZPL")]

    problem = "has a ZPL document, and ids.0 has a PDF document"
    assert await refuse(client, ids) == {"ids.1": problem, "ids.3": problem}


async def test_each_unreadable_document_is_named(client: ApiClient, shelf: Shelf) -> None:
    ids = [
        shelf.insert(document=b"%PDF-1.7 broken"),
        *(shelf.insert() for _ in range(60)),
        shelf.insert("PNG", b"\x89PNG"),
    ]

    assert await refuse(client, ids) == {"ids.0": "its PDF can't be read", "ids.61": "its PNG can't be read"}


async def test_the_number_and_the_bytes_of_labels_are_limited(
    client: ApiClient, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "MAX_BYTES", 10)

    assert list(await refuse(client, [])) == ["ids"]
    assert list(await refuse(client, [uuid4() for _ in range(501)])) == ["ids"]
    assert await refuse(client, [shelf.insert()]) == {"ids": "the documents have more than 10 bytes: merge fewer"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ids": ["x"]},
        {"ids": [str(uuid4())], "sort": "price"},
        {"ids": [str(uuid4())], "include": []},
        {"ids": [str(uuid4())], "order": "asc"},
    ],
)
async def test_an_invalid_body_is_refused(client: ApiClient, body: dict[str, Any]) -> None:
    assert (await client.call("POST", PATH, body)).status_code == 422


async def test_a_call_waits_for_a_turn_only_a_while(client: ApiClient, shelf: Shelf) -> None:
    shipment = shelf.insert()
    client.use_app(create_app(replace(client.service.context, label_merges=MergeTurns(0, 0))))

    response = await client.call("POST", PATH, {"ids": [str(shipment)]})

    assert (response.status_code, response.json()["error"]["code"]) == (503, "too_many_merges")
    assert response.headers["retry-after"] == "5"


async def test_a_merge_needs_the_scope_of_shipments(client: ApiClient, rows: Rows) -> None:
    client.secret = rows.insert_key(*(scope for scope in Scope if scope is not Scope.SHIPMENTS_READ))

    assert (await client.call("POST", PATH, {"ids": [str(uuid4())]})).status_code == 403


async def test_a_test_key_merges_labels_as_it_reads_them(client: ApiClient, shelf: Shelf, rows: Rows) -> None:
    rows.run("update carrier_accounts set mode = 'live' where organization_id = %s", rows.organization_id)
    shipment = shelf.insert()
    key = await client.data("POST", "/api/api-keys", {"name": "tests", "scopes": list(Scope), "mode": "test"})
    client.secret = key["secret"]

    assert list(scan_pages(await merge(client, [shipment]))) == [{"794644790001"}]


async def test_the_label_of_a_voided_shipment_is_marked(client: ApiClient, shelf: Shelf) -> None:
    shipment = shelf.insert(status="voided")
    path = f"/api/shipments/{shipment}/label"

    refused, marked = await client.call("GET", path), await client.call("GET", f"{path}?voided=true")
    valid = await client.call("GET", f"/api/shipments/{shelf.insert()}/label?voided=true")
    invalid = await client.call("GET", f"{path}?voided=false")

    assert (refused.status_code, refused.json()["error"]["code"]) == (410, "label_voided")
    assert refused.json()["error"]["details"] == {"id": str(shipment), "status": "voided"}
    assert (marked.status_code, marked.headers["orderly-label-voided"]) == (200, "true")
    assert list(scan_pages(marked.content)) == [{"794644790001"}]
    assert (valid.status_code, "orderly-label-voided" in valid.headers) == (200, False)
    assert invalid.status_code == 400
