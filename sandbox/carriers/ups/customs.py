"""UPS's rules about routes and customs data, and the form in which the store keeps them."""

from collections.abc import Iterator
from decimal import Decimal

from sandbox.carriers.contracts import CustomsSummary
from sandbox.carriers.ups.contracts import ShipmentPart
from sandbox.carriers.ups.customs_contracts import AgentPart, Forms, ProductPart

Problem = tuple[str, str]
"""UPS's code and message."""

WORLDWIDE = ("07", "08", "54", "65")
STANDARD, EXPEDITED = "11", "08"
STANDARD_ROUTES = (("US", "CA"), ("US", "MX"), ("CA", "US"))
HOME = frozenset({"US", "AS", "FM", "GU", "MH", "MP", "PR", "PW", "VI"})
DUTIES, RECIPIENT, RECIPIENT_TYPES = "02", "30", ("1002", "1005", "0005")
CENT = Decimal("0.01")


def covers(code: str, lane: tuple[str, str]) -> bool:
    """Whether a service covers a route between two countries."""
    if lane[0] == lane[1] or HOME.issuperset(lane):
        return code != EXPEDITED
    return code in WORLDWIDE or (code == STANDARD and lane in STANDARD_ROUTES)


def find_customs_problem(shipment: ShipmentPart) -> Problem | None:
    """Return the first rule that a purchase breaks."""
    return next(_find_problems(shipment), None)


def _find_problems(shipment: ShipmentPart) -> Iterator[Problem]:
    lane = (shipment.origin, shipment.ShipTo.Address.CountryCode)
    if not covers(shipment.Service.Code, lane):
        yield "111210", "The requested service is unavailable between the selected locations."
    charges = [charge.Type for charge in shipment.PaymentInformation.ShipmentCharge]
    if len(set(charges)) != len(charges) or "01" not in charges:
        yield "120416", "A single billing option is required per shipment."
    if DUTIES in charges and (lane[0] == lane[1] or {"US", "PR"}.issuperset(lane)):
        yield "10002", "ShipmentCharge: duties and taxes are not valid for a qualified domestic shipment."
    forms = shipment.ShipmentServiceOptions.InternationalForms if shipment.ShipmentServiceOptions else None
    if forms is not None:
        yield from _find_form_problems(forms, shipment, lane)
    for agent in shipment.GlobalTaxInformation.AgentTaxIdentificationNumber if shipment.GlobalTaxInformation else []:
        yield from _find_tax_id_problems(agent)


def _find_form_problems(forms: Forms, shipment: ShipmentPart, lane: tuple[str, str]) -> Iterator[Problem]:
    if lane[0] == lane[1]:
        yield "10002", "InternationalForms: not valid within a country."
    if forms.Contacts.SoldTo.Address.CountryCode != lane[1]:
        yield "10002", "SoldTo: the country must be that of ShipTo."
    total = sum((_value_of(product) for product in forms.Product), Decimal(0))
    if any(_value_of(product) <= 0 for product in forms.Product):
        yield "10002", "Product: the value must be greater than zero."
    stated = shipment.InvoiceLineTotal
    if stated is not None and stated.CurrencyCode != forms.CurrencyCode:
        yield "10002", "InvoiceLineTotal: the currency must be that of the invoice."
    if stated is not None and total >= 1 and abs(Decimal(stated.MonetaryValue) - total) > CENT:
        yield "10002", "InvoiceLineTotal: the value must be the sum of the products' values."


def _find_tax_id_problems(agent: AgentPart) -> Iterator[Problem]:
    for number in agent.TaxIdentificationNumber:
        if agent.AgentRole == RECIPIENT and number.IDNumberTypeCode not in RECIPIENT_TYPES:
            yield "10002", "IDNumberTypeCode: must be 1002, 1005 or 0005 for the consignee."


def _value_of(product: ProductPart) -> Decimal:
    return Decimal(product.Unit.Number) * Decimal(product.Unit.Value)


def read_customs(shipment: ShipmentPart) -> CustomsSummary | None:
    """Return the customs data of a purchase, each field with UPS's value."""
    forms = shipment.ShipmentServiceOptions.InternationalForms if shipment.ShipmentServiceOptions else None
    if forms is None:
        return None
    fields = {name: value for name, value in _read_fields(shipment, forms) if value}
    return CustomsSummary(fields=fields, items=[_read_item(product, forms) for product in forms.Product])


def _read_fields(shipment: ShipmentPart, forms: Forms) -> Iterator[tuple[str, str | None]]:
    yield "contents", forms.ReasonForExport
    yield "contents_explanation", forms.Comments
    yield "incoterm", forms.TermsOfShipment
    yield "invoice_number", forms.InvoiceNumber
    yield "duties", _read_duties(shipment)
    tax = shipment.GlobalTaxInformation
    agents: dict[str, AgentPart] = {agent.AgentRole: agent for agent in tax.AgentTaxIdentificationNumber} if tax else {}
    vendor = shipment.ShipFrom.VendorInfo if shipment.ShipFrom else None
    registration = [f"{vendor.VendorCollectIDTypeCode} {vendor.VendorCollectIDNumber}"] if vendor else []
    yield "sender_tax_ids", ", ".join([*_list_tax_ids(agents.get("20")), *registration])
    yield "recipient_tax_ids", ", ".join(_list_tax_ids(agents.get(RECIPIENT)))


def _read_duties(shipment: ShipmentPart) -> str | None:
    """Return UPS's type of the charge, and the account that pays."""
    charge = next((charge for charge in shipment.PaymentInformation.ShipmentCharge if charge.Type == DUTIES), None)
    if charge is None:
        return None
    payer = charge.BillShipper or charge.BillReceiver or charge.BillThirdParty
    return f"{charge.Type} {payer.AccountNumber if payer else ''}"


def _list_tax_ids(agent: AgentPart | None) -> list[str]:
    numbers = agent.TaxIdentificationNumber if agent else []
    return [
        f"{number.IDNumberTypeCode} {number.IdentificationNumber} {number.IDNumberIssuingCntryCd or ''}".strip()
        for number in numbers
    ]


def _read_item(product: ProductPart, forms: Forms) -> dict[str, str]:
    fields = {
        "description": " ".join(product.Description),
        "quantity": product.Unit.Number,
        "value": product.Unit.Value,
        "currency": forms.CurrencyCode,
        "weight": product.ProductWeight.Weight if product.ProductWeight else None,
        "origin": product.OriginCountryCode,
        "hs_code": product.CommodityCode,
        "sku": product.PartNumber,
    }
    return {name: value for name, value in fields.items() if value is not None}
