"""The shipping options of USPS's requests, and their fees."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from sandbox.carriers.fees import fee_of
from sandbox.carriers.usps.contracts import LabelRequest, Package, RateRequest
from sandbox.carriers.usps.international import InternationalLabelRequest
from sandbox.carriers.usps.international import Package as InternationalPackage
from sandbox.carriers.usps.package_rules import INSURANCES, SIGNATURES, SOFT_PACKS, choose_insurance

USUAL_SIZE, FINE_ZPL = "4X6LABEL", "ZPL300DPI"
SINGLE_PIECE = ("SP", "PA")
REFERENCES = {"PO ": "po", "INV ": "invoice", "DEPT ": "department", "": "order"}
"""The names of references by the start that our adapter gives them; USPS does not distinguish them."""
_OPTIONAL = ("inductionZIPCode", "mailOwnerMID", "logisticsManagerMID")
_FLAGS = ("carrierRelease", "physicalSignatureRequired", "hasNonstandardCharacteristics")


def read_options(request: LabelRequest) -> dict[str, str]:
    """Return the options of a purchase by our names, with USPS's values; those that change nothing are left out."""
    package, to_address, image = request.packageDescription, request.toAddress, request.imageInfo
    found: dict[str, str] = {**_read_services(package), **packaging_of(package), **_read_references(package)}
    if package.mailingDate > datetime.now(UTC).date():
        found["ship_date"] = str(package.mailingDate)
    if image.labelType != USUAL_SIZE:
        found["label.size"] = image.labelType
    if image.imageType == FINE_ZPL:
        found["label.dpi"] = image.imageType
    if "ignoreBadAddress" in to_address.model_fields_set:
        found["address_validation"] = _to_text(to_address.ignoreBadAddress)
    if request.returnAddress is not None:
        found["return_address"] = request.returnAddress.streetAddress
    hidden = {name: getattr(image, name) for name in ("suppressPostage", "suppressMailDate")}
    own = {name: _to_text(value) for name, value in hidden.items() if not value}
    return found | {f"carrier_options.{name}": value for name, value in {**_read_own(package), **own}.items()}


def read_international_options(request: InternationalLabelRequest) -> dict[str, str]:
    """Return the options of a purchase to another country, as `read_options`."""
    package = request.packageDescription
    found = _read_references(package)
    if package.rateIndicator not in SINGLE_PIECE:
        found["packaging"] = package.rateIndicator
    if set(package.extraServices) & set(INSURANCES):
        found["insurance"] = str(package.packageOptions.packageValue)
    if package.mailingDate > datetime.now(UTC).date():
        found["ship_date"] = str(package.mailingDate)
    if request.imageInfo.imageType == FINE_ZPL:
        found["label.dpi"] = request.imageInfo.imageType
    texts = {name: getattr(package, name) for name in _OPTIONAL}
    return found | {f"carrier_options.{name}": value for name, value in texts.items() if value is not None}


def packaging_of(package: Package | RateRequest) -> dict[str, str]:
    """Return the packaging, unless it is the sender's own; a soft pack is an own field of USPS."""
    code = package.rateIndicator
    name = "carrier_options.rateIndicator" if code in SOFT_PACKS else "packaging"
    return {} if code in SINGLE_PIECE else {name: code}


def fees_of(codes: Sequence[int], value: float | None) -> dict[int, Decimal]:
    """Return the fee of each extra service; those without a fee of their own cost nothing."""
    return {code: _fee_of(code, value) for code in codes}


def stored_fees(mail_class: str, options: Mapping[str, str]) -> dict[int, Decimal]:
    """Return the fee of each extra service of a sold label."""
    signature, insurance = options.get("signature"), options.get("insurance")
    fees = {} if signature is None else {int(signature): fee_of({"signature": signature})}
    if insurance is not None:
        fees[choose_insurance(mail_class, float(insurance))] = fee_of({"insurance": insurance})
    return fees


def _fee_of(code: int, value: float | None) -> Decimal:
    if code in INSURANCES:
        return fee_of({"insurance": str(value)})
    return fee_of({"signature": str(code)}) if code in SIGNATURES else Decimal(0)


def _read_services(package: Package) -> dict[str, str]:
    found: dict[str, str] = {}
    own: list[str] = []
    for code in package.extraServices:
        if code in INSURANCES:
            found["insurance"] = str(package.packageOptions.packageValue)
        elif code in SIGNATURES:
            found["signature"] = str(code)
        else:
            own.append(str(code))
    return {**found, "carrier_options.extraServices": ",".join(own)} if own else found


def _read_references(package: Package | InternationalPackage) -> dict[str, str]:
    """Return the references after the first, which is the operation's."""
    texts = [reference.referenceNumber for reference in package.customerReference[1:]]
    starts = [next((start for start in REFERENCES if text.startswith(start)), "") for text in texts]
    return {
        f"references.{REFERENCES[start]}": text.removeprefix(start) for start, text in zip(starts, texts, strict=True)
    }


def _read_own(package: Package) -> dict[str, str]:
    texts = {name: getattr(package, name) for name in _OPTIONAL}
    texts |= {name: getattr(package.packageOptions, name) for name in ("contentType", "ancillaryServiceEndorsements")}
    flags = {name: "true" for name in _FLAGS if getattr(package, name)}
    return {name: value for name, value in texts.items() if value is not None} | flags


def _to_text(value: bool) -> str:
    return "true" if value else "false"
