"""Shipments, their labels and their tracking."""

from datetime import timedelta
from uuid import uuid4

import pytest

from api.http.auth import Scope
from tests.fixtures.in_process_api import ApiClient
from tests.fixtures.rows import Rows, now

PATH = "/api/shipments"


@pytest.mark.parametrize(("label_format", "media_type"), [("PDF", "application/pdf"), ("ZPL", "application/zpl")])
async def test_a_label_is_the_carriers_document(
    client: ApiClient, rows: Rows, label_format: str, media_type: str
) -> None:
    shipment_id = rows.insert_shipment(label_format=label_format)
    rows.insert_with_id(
        "shipment_documents", kind="label", shipment_id=shipment_id, format=label_format, document=b"%PDF-1.7"
    )

    response = await client.call("GET", f"{PATH}/{shipment_id}/label")

    assert (response.status_code, response.content) == (200, b"%PDF-1.7")
    assert response.headers["content-type"] == media_type


async def test_a_missing_label_and_a_missing_shipment_differ(client: ApiClient, rows: Rows) -> None:
    shipment_id = rows.insert_shipment()

    without_label = await client.call("GET", f"{PATH}/{shipment_id}/label")
    missing = await client.call("GET", f"{PATH}/{uuid4()}/label")

    assert without_label.json()["error"]["code"] == "label_not_found"
    assert missing.json()["error"]["code"] == "shipment_not_found"


async def test_shipments_are_found_by_their_tracking_number(client: ApiClient, rows: Rows) -> None:
    shipment_id = rows.insert_shipment(tracking_number="1Z", void_until=now())
    rows.insert_shipment(tracking_number="2Z")

    assert (await client.data("GET", f"{PATH}/{shipment_id}"))["void_until"].endswith("Z")
    (found,) = await client.data("GET", f"{PATH}?tracking_number=1Z")
    assert found["id"] == str(shipment_id)


async def test_unused_labels_are_listed_until_their_void_deadline(client: ApiClient, rows: Rows) -> None:
    """A client can void them in time."""
    soon, later = now() + timedelta(days=1), now() + timedelta(days=20)
    due = rows.insert_shipment(tracking_number="due", void_until=soon)
    rows.insert_shipment(tracking_number="scanned", void_until=soon, scanned_at=now())
    rows.insert_shipment(tracking_number="voided", void_until=soon, status="voided", voided_at=now())
    rows.insert_shipment(tracking_number="closed", void_until=now() - timedelta(hours=1))
    open_end = rows.insert_shipment(tracking_number="no window", void_until=None)
    long = rows.insert_shipment(tracking_number="later", void_until=later)
    rows.insert_shipment(tracking_number="usually closed", usual_void_until=now() - timedelta(hours=1))
    usual = rows.insert_shipment(tracking_number="usual", usual_void_until=soon)

    before = (soon + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    found = await client.data("GET", f"{PATH}?unused=true&void_before={before}&sort=created_at&order=asc")
    unused = await client.data("GET", f"{PATH}?unused=true&sort=created_at&order=asc")
    refused = [await client.call("GET", f"{PATH}?{query}") for query in ("unused=false", "void_before=tomorrow")]

    assert [shipment["id"] for shipment in found] == [str(due), str(usual)]
    assert [shipment["id"] for shipment in unused if "closed" not in shipment["tracking_number"]] == [
        str(ident) for ident in (due, open_end, long, usual)
    ]
    assert [response.json()["error"]["code"] for response in refused] == ["invalid_request"] * 2


async def test_a_refund_is_shown_before_and_after_its_decision(client: ApiClient, rows: Rows) -> None:
    usual = {"voided_at": now(), "refund_checked_at": now(), "tracking_problem": "no_answer"}
    pending = rows.insert_shipment(status="refund_pending", refund="pending", track_at=now(), **usual)
    rejected = rows.insert_shipment(status="refund_rejected", refund="rejected", track_at=None, **usual)
    plain = rows.insert_shipment()

    shipments = [await client.data("GET", f"{PATH}/{ident}") for ident in (pending, rejected, plain)]

    assert (shipments[0]["refund"]["status"], shipments[0]["refund"]["problem"]) == ("pending", "no_answer")
    assert shipments[0]["refund"]["next_check_at"] is not None
    assert shipments[0]["tracking"]["problem"] is None
    assert (shipments[1]["status"], shipments[1]["refund"]["status"]) == ("refund_rejected", "rejected")
    assert shipments[1]["refund"]["next_check_at"] is None
    assert shipments[2]["refund"] is None


async def test_a_shipment_shows_its_tracking(client: ApiClient, rows: Rows) -> None:
    seen = now()
    shipment_id = rows.insert_shipment(tracking_status="in_transit", tracked_at=seen, scanned_at=seen)
    for at, status, code in ((None, "pre_transit", "OC"), (seen, "in_transit", "PU")):
        event = {"at": at, "status": status, "code": code, "description": ""}
        rows.insert("tracking_events", shipment_id=shipment_id, digest=code, **event)

    found = (await client.data("GET", f"{PATH}/{shipment_id}"))["tracking"]
    tracking = await client.data("GET", f"{PATH}/{shipment_id}/tracking")

    assert found["status"] == "in_transit"
    assert found["scanned_at"] == found["at"]
    assert {name: tracking[name] for name in found} == found
    assert [(event["code"], event["at"] is None) for event in tracking["events"]] == [("OC", True), ("PU", False)]
    assert (tracking["shipment_id"], tracking["tracking_number"]) == (str(shipment_id), "794644790132")


async def test_a_voided_shipment_is_not_tracked_any_more(client: ApiClient, rows: Rows) -> None:
    shipment_id = rows.insert_shipment(status="voided")

    assert (await client.data("GET", f"{PATH}/{shipment_id}"))["tracking"]["next_check_at"] is None


async def test_a_client_requests_fresh_tracking(client: ApiClient, rows: Rows) -> None:
    """The call returns the stored tracking, and a worker asks the carrier soon."""
    shipment_id = rows.insert_shipment(track_at=None)

    response = await client.call("POST", f"{PATH}/{shipment_id}/tracking")

    assert response.status_code == 202
    assert response.json()["data"]["status"] == "unknown"
    assert response.json()["data"]["next_check_at"] is not None
    assert (await client.call("POST", f"{PATH}/{uuid4()}/tracking")).status_code == 404


async def test_rates_and_tracking_need_the_scope_of_shipments(client: ApiClient, rows: Rows) -> None:
    client.secret = rows.insert_key(*(scope for scope in Scope if scope is not Scope.SHIPMENTS_READ))

    for method, path in (("POST", "/api/rates"), ("GET", f"{PATH}/{uuid4()}/tracking")):
        assert (await client.call(method, path)).status_code == 403


async def test_the_parcels_of_a_shipment_have_their_own_numbers_and_labels(client: ApiClient, rows: Rows) -> None:
    shipment_id = rows.insert_shipment(tracking_number="1Z1", cost="30", currency="USD")
    for number in (1, 2):
        rows.insert(
            "shipment_parcels", shipment_id=shipment_id, number=number, tracking_number=f"1Z{number}", cost="15.5",
            currency="USD",
        )  # fmt: skip
    second = rows.insert_with_id(
        "shipment_documents", kind="label", parcel=2, shipment_id=shipment_id, format="PDF", document=b"%PDF-2"
    )

    found = await client.data("GET", f"{PATH}?tracking_number=1Z2")
    searched = await client.data("GET", f"{PATH}?q=1Z2")

    assert [shipment["id"] for shipment in (*found, *searched)] == [str(shipment_id)] * 2
    assert [
        (parcel["number"], parcel["tracking_number"], parcel["cost"], parcel["status"], parcel["document_id"])
        for parcel in found[0]["parcels"]
    ] == [(1, "1Z1", "15.50", "label_created", None), (2, "1Z2", "15.50", "label_created", str(second))]


async def test_the_only_parcel_of_a_shipment_is_the_shipment(client: ApiClient, rows: Rows) -> None:
    shipment_id = rows.insert_shipment(tracking_number="1Z", cost="7.1", currency="USD", status="voided")
    label = rows.insert_with_id(
        "shipment_documents", kind="label", shipment_id=shipment_id, format="PDF", document=b"%PDF-1"
    )

    (parcel,) = (await client.data("GET", f"{PATH}/{shipment_id}"))["parcels"]

    assert parcel == {
        "number": 1,
        "tracking_number": "1Z",
        "carrier_parcel_id": None,
        "cost": "7.10",
        "currency": "USD",
        "status": "voided",
        "tracking": {"status": "unknown", "at": None, "scanned_at": None},
        "document_id": str(label),
    }


async def test_the_documents_of_a_shipment_are_listed_and_read(client: ApiClient, rows: Rows) -> None:
    shipment_id, other = rows.insert_shipment(), rows.insert_shipment()
    invoice = rows.insert_with_id(
        "shipment_documents", kind="commercial_invoice", shipment_id=shipment_id, format="PDF", document=b"%PDF-1.7"
    )
    label = rows.insert_with_id(
        "shipment_documents", kind="label", parcel=1, shipment_id=shipment_id, format="ZPL", document=b"^XA^XZ"
    )

    documents = await client.data("GET", f"{PATH}/{shipment_id}/documents")
    content = await client.call("GET", f"{PATH}/{shipment_id}/documents/{invoice}")
    foreign = await client.call("GET", f"{PATH}/{other}/documents/{invoice}")

    assert documents == [
        {"id": str(label), "kind": "label", "parcel": 1, "format": "ZPL", "media_type": "application/zpl", "size": 6},
        {
            "id": str(invoice),
            "kind": "commercial_invoice",
            "parcel": None,
            "format": "PDF",
            "media_type": "application/pdf",
            "size": 8,
        },
    ]
    assert (content.content, content.headers["content-type"]) == (b"%PDF-1.7", "application/pdf")
    assert f"commercial_invoice-{invoice}.pdf" in content.headers["content-disposition"]
    assert (foreign.status_code, foreign.json()["error"]["code"]) == (404, "document_not_found")


async def test_a_label_of_all_parcels_is_that_of_each(client: ApiClient, rows: Rows) -> None:
    """A shipment may have several of them."""
    shipment_id = rows.insert_shipment()
    for number in (1, 2):
        rows.insert("shipment_parcels", shipment_id=shipment_id, number=number, tracking_number=f"1Z{number}")
    first, _ = sorted(
        rows.insert_with_id("shipment_documents", kind="label", shipment_id=shipment_id, format="PDF", document=b"%PDF")
        for _ in range(2)
    )

    parcels = (await client.data("GET", f"{PATH}/{shipment_id}"))["parcels"]

    assert [(parcel["number"], parcel["document_id"]) for parcel in parcels] == [(1, str(first)), (2, str(first))]
