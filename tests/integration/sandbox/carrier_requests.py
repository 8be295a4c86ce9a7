"""One valid purchase request for each carrier's simulator, like the examples in the carriers' documentation."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.fixtures.builders import Json

USPS_SIDE = {"firstName": "Grace", "lastName": "Hopper", "streetAddress": "4120 Bingham Ave", "city": "St. Louis"}
USPS_SIDE |= {"state": "MO", "ZIPCode": "63116", "email": "grace@example.com", "phone": "3145550134"}
USPS: Json = {
    "imageInfo": {"imageType": "PDF", "labelType": "4X6LABEL", "receiptOption": "NONE", "suppressPostage": False},
    "toAddress": {**USPS_SIDE, "ignoreBadAddress": True},
    "fromAddress": {**USPS_SIDE, "firm": "Compilers Inc"},
    "packageDescription": {
        "weightUOM": "lb",
        "weight": 2.5,
        "dimensionsUOM": "in",
        "length": 9.0,
        "width": 6.0,
        "height": 0.25,
        "processingCategory": "MACHINABLE",
        "mailingDate": "",
        "extraServices": [],
        "destinationEntryFacilityType": "NONE",
        "rateIndicator": "SP",
        "mailClass": "PRIORITY_MAIL",
        "packageOptions": {"packageValue": 35.0},
        "customerReference": [{"referenceNumber": "EF789UJK", "printReferenceNumber": True}],
    },
}
FEDEX_PARTY: Json = {
    "contact": {"personName": "Grace Hopper", "phoneNumber": "3145550134", "emailAddress": "grace@example.com"},
    "address": {"streetLines": ["4120 Bingham Ave"], "city": "St. Louis", "stateOrProvinceCode": "MO"},
}
FEDEX_PARTY["address"] |= {"postalCode": "63116", "countryCode": "US"}
FEDEX: Json = {
    "labelResponseOptions": "LABEL",
    "mergeLabelDocOption": "LABELS_AND_DOCS",
    "shipAction": "CONFIRM",
    "accountNumber": {"value": "740561073"},
    "requestedShipment": {
        "shipDatestamp": "2026-11-30",
        "shipper": FEDEX_PARTY,
        "recipients": [FEDEX_PARTY],
        "pickupType": "USE_SCHEDULED_PICKUP",
        "serviceType": "PRIORITY_OVERNIGHT",
        "packagingType": "YOUR_PACKAGING",
        "totalWeight": 20.0,
        "blockInsightVisibility": False,
        "shippingChargesPayment": {"paymentType": "SENDER", "payor": {}},
        "labelSpecification": {"imageType": "PDF", "labelStockType": "PAPER_4X6", "labelFormatType": "COMMON2D"},
        "requestedPackageLineItems": [
            {"groupPackageCount": 1, "weight": {"units": "LB", "value": 20.0}, "customerReferences": []}
        ],
    },
}
UPS_ADDRESS = {"AddressLine": ["2311 York Rd"], "City": "Timonium", "StateProvinceCode": "MD", "PostalCode": "21093"}
UPS_ADDRESS |= {"CountryCode": "US"}
UPS_PARTY: Json = {"Name": "Compilers Inc", "AttentionName": "Grace Hopper", "FaxNumber": "8005550199"}
UPS_PARTY |= {"TaxIdentificationNumber": "123456", "Phone": {"Number": "4435550134"}, "Address": UPS_ADDRESS}
UPS: Json = {
    "ShipmentRequest": {
        "Request": {"SubVersion": "1801", "RequestOption": "nonvalidate"},
        "Shipment": {
            "Description": "Test",
            "Shipper": {**UPS_PARTY, "ShipperNumber": "A1B2C3"},
            "ShipTo": {**UPS_PARTY, "Residential": " "},
            "ShipFrom": UPS_PARTY,
            "PaymentInformation": {"ShipmentCharge": [{"Type": "01", "BillShipper": {"AccountNumber": "A1B2C3"}}]},
            "Service": {"Code": "03", "Description": "Express"},
            "Package": [
                {
                    "Description": " ",
                    "Packaging": {"Code": "02", "Description": "Nails"},
                    "Dimensions": {
                        "UnitOfMeasurement": {"Code": "IN", "Description": "Inches"},
                        "Length": "10",
                        "Width": "8",
                        "Height": "4",
                    },
                    "PackageWeight": {"UnitOfMeasurement": {"Code": "LBS", "Description": "Pounds"}, "Weight": "5"},
                }
            ],
        },
        "LabelSpecification": {
            "LabelImageFormat": {"Code": "GIF"},
            "LabelStockSize": {"Height": "6", "Width": "4"},
            "HTTPUserAgent": "Mozilla/4.5",
        },
    }
}
EASYPOST_SIDE = {"name": "Grace Hopper", "street1": "388 Townsend St", "city": "San Francisco", "state": "CA"}
EASYPOST_SIDE |= {"zip": "94107", "country": "US", "phone": "4155550134", "email": "grace@example.com"}
EASYPOST: Json = {
    "shipment": {
        "from_address": EASYPOST_SIDE,
        "to_address": EASYPOST_SIDE,
        "parcel": {"length": 10, "width": 8, "height": 4, "weight": 15.4},
        "customs_info": {"eel_pfc": "NOEEI 30.37(a)", "customs_items": []},
        "options": {"label_format": "PNG", "invoice_number": "123"},
        "reference": "123",
    }
}
SHIPENGINE_SIDE = {"name": "Grace Hopper", "phone": "5125550134", "address_line1": "525 S Winchester Blvd"}
SHIPENGINE_SIDE |= {"city_locality": "San Jose", "state_province": "CA", "postal_code": "95128", "country_code": "US"}
SHIPENGINE: Json = {
    "shipment": {
        "carrier_id": "se-123890",
        "service_code": "usps_priority_mail",
        "external_shipment_id": "",
        "ship_date": "2026-11-30",
        "confirmation": "none",
        "ship_to": SHIPENGINE_SIDE,
        "ship_from": SHIPENGINE_SIDE,
        "packages": [{"package_code": "package", "weight": {"value": 20, "unit": "ounce"}}],
    },
    "is_return_label": False,
    "label_format": "pdf",
    "label_layout": "4x6",
    "label_download_type": "url",
    "validate_address": "no_validation",
}


def renew_request(vendor: str, body: Json) -> Json:
    """Return the request with today's date and a new reference, if the vendor needs them."""
    fresh = deepcopy(body)
    if vendor == "usps":
        fresh["packageDescription"]["mailingDate"] = fresh["packageDescription"]["mailingDate"] or str(today())
    if vendor == "shipengine":
        fresh["shipment"]["external_shipment_id"] = fresh["shipment"]["external_shipment_id"] or uuid4().hex
    return fresh


def today() -> Any:
    return datetime.now(UTC).date()


REQUESTS: dict[str, tuple[str, Json]] = {
    "usps": ("/labels/v3/label", USPS),
    "fedex": ("/ship/v1/shipments", FEDEX),
    "ups": ("/api/shipments/v2409/ship", UPS),
    "easypost": ("/v2/shipments", EASYPOST),
    "shipengine": ("/v1/labels", SHIPENGINE),
}
HEADERS = {
    "usps": {"Authorization": "Bearer sim-usps-x", "X-Payment-Authorization-Token": "sim-usps-payment-1"},
    "fedex": {"Authorization": "Bearer sim-fedex-x"},
    "ups": {"Authorization": "Bearer sim-ups-x"},
    "easypost": {"Authorization": "Basic a2V5Og=="},
    "shipengine": {"API-Key": "key"},
}


def change_request(body: Json, path: tuple[str | int, ...], value: object) -> Json:
    """Return the request with another value at the path; None removes the field."""
    fresh = deepcopy(body)
    part: Any = fresh
    for name in path[:-1]:
        part = part[name]
    if value is None:
        part.pop(path[-1], None)
    else:
        part[path[-1]] = value
    return fresh
