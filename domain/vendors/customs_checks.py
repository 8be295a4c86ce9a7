"""Checks a shipment's route and customs data against the carrier's declarations, before anything is sent."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import Decimal

from domain.borders import Route, find_route, needs_customs
from domain.customs import Contents, Customs, CustomsDefaults, CustomsItem, ExportDeclaration, Incoterm, Lane
from domain.errors import FieldError
from domain.export_rules import LOW_VALUE, MAX_LOW_VALUE, find_undeclared_value
from domain.json_values import from_json, to_json
from domain.measures import POUNDS
from domain.postal.letters import UnprintableLetterError, transliterate
from domain.shipping import ShipmentRequest
from domain.shipping_options import Payer
from domain.vendors.customs import CUSTOMS_FIELDS, HOME_LANES, CustomsField, CustomsSupport
from domain.vendors.options import fits_service
from domain.vendors.profile import CarrierProfile

Path = tuple[str | int, ...]

ROOT = "customs"
EXPLAINED = (Contents.OTHER, Contents.RETURNED_GOODS)
"""The contents that need an explanation."""
CHOSEN = ("contents", "incoterm", "non_delivery")
TEXTS = ("contents_explanation", "signer", "invoice_number")
TAX_IDS = ("sender_tax_ids", "recipient_tax_ids")
ROUNDING = Decimal("0.01")
"""The difference in pounds that comes from the conversion of units."""


@dataclass(frozen=True, slots=True)
class CustomsValue:
    """One value of the customs data: its declared name, its path, and the value as text.

    `choice` is the value that declared choices apply to; None for a number or free text.
    """

    name: str
    path: Path
    text: str | None = None
    choice: str | None = None


def find_customs_problems(profile: CarrierProfile, request: ShipmentRequest) -> list[FieldError]:
    """Return an error for each reason that the carrier can't take a shipment, in normal form, over its route.

    The paths start with `customs`, `service`, `label_format` or the side. Without a service, as in a request for
    prices, customs data are optional unless the carrier needs them for prices.
    """
    route = find_route(request.ship_from, request.ship_to)
    problem = _find_route_problem(profile, request.service, route)
    if problem is not None:
        return [problem]
    support = profile.customs
    if request.customs is None:
        is_missing = support is not None and route.lane in support.lanes and _needs_customs(support, request)
        return [FieldError((ROOT,), f"is required by {profile.title} for this route")] if is_missing else []
    if route.lane is Lane.DOMESTIC:
        return [FieldError((ROOT,), "is accepted only for shipments over a border, and to US territories and APOs")]
    if support is None or route.lane not in support.lanes:
        return [FieldError((ROOT,), f"is not supported by {profile.title} here for this route")]
    return list(_CustomsCheck(profile, support, request, request.customs, route.lane).find())


def fits_route(profile: CarrierProfile, service: str, route: Route) -> bool:
    """Whether a service covers a route."""
    named = [entry for entry in profile.lanes if fits_service(entry.services, service)]
    if not named:
        return route.lane in HOME_LANES or profile.service_form is not None
    return any(entry.fits(route) for entry in named)


def list_fitting_services(profile: CarrierProfile, route: Route) -> list[str]:
    """Return the services, or an aggregator's patterns of services, that cover a route."""
    if profile.service_form is None:
        return [service for service in profile.services if fits_route(profile, service, route)]
    return list(dict.fromkeys(name for entry in profile.lanes if entry.fits(route) for name in entry.services))


def _find_route_problem(profile: CarrierProfile, service: str, route: Route) -> FieldError | None:
    if route.lane is Lane.INTERNATIONAL and profile.customs is None:
        problem = f"makes this an international shipment, which is not supported with {profile.title} here"
        return FieldError(("ship_to", "country"), problem)
    if not profile.lanes or (service and fits_route(profile, service, route)):
        return None
    fitting, ends = list_fitting_services(profile, route), f"from {route.origin} to {route.destination}"
    if not fitting and profile.service_form is None:
        return FieldError(("ship_to", "country"), f"is not served: {profile.title} has no service here {ends}")
    if not service:
        return None
    return FieldError(("service",), f"does not go {ends}. Services that do: {', '.join(fitting) or 'unknown'}")


def _needs_customs(support: CustomsSupport, request: ShipmentRequest) -> bool:
    is_wanted = bool(request.service) or support.is_needed_for_rates
    return is_wanted and needs_customs(request.ship_from, request.ship_to, support.free_territories)


def list_values(customs: Customs) -> Iterator[CustomsValue]:
    """Return each value of the customs data that a carrier can support."""
    plain = ((name, getattr(customs, name)) for name in (*CHOSEN, *TEXTS))
    for name, value in plain:
        if value is not None:
            is_text = name in TEXTS
            yield CustomsValue(name, (ROOT, name), *((value, None) if is_text else (None, str(value))))
    for name in TAX_IDS:
        for place, tax_id in enumerate(getattr(customs, name)):
            yield CustomsValue(name, (ROOT, name, place), tax_id.number, str(tax_id.type))
    if customs.duties is not None:
        yield CustomsValue("duties", (ROOT, "duties", "payer"), choice=str(customs.duties.payer))
    for part, text in to_json(customs.export_declaration or ExportDeclaration()).items():
        yield CustomsValue(f"export_declaration.{part}", (ROOT, "export_declaration", part), text=text)
    for place, item in enumerate(customs.items):
        yield from _list_item_values(place, item)


def _list_item_values(place: int, item: CustomsItem) -> Iterator[CustomsValue]:
    for part in fields(item):
        name, value = f"items.{part.name}", getattr(item, part.name)
        if name in CUSTOMS_FIELDS and value is not None:
            yield CustomsValue(name, (ROOT, "items", place, part.name), value if isinstance(value, str) else None)


def find_default_problems(profile: CarrierProfile, defaults: CustomsDefaults) -> list[FieldError]:
    """Return an error for each default of an account that its carrier does not support with any service."""
    support = profile.customs
    if support is None:
        return [FieldError((ROOT,), f"are not supported with {profile.title} here")]
    customs = from_json(Customs, {**to_json(defaults), "items": []})
    found = [problem for value in list_values(customs) for problem in _find_support_problem(profile, support, value)]
    return [*found, *_find_payer_problems(customs)]


def _find_support_problem(
    profile: CarrierProfile, support: CustomsSupport, value: CustomsValue, service: str = "", lane: Lane | None = None
) -> Iterator[FieldError]:
    """Return why the carrier does not support a value; nothing if it does."""
    entries = support.list_fields(value.name)
    accepting = [entry for entry in entries if entry.has_choice(value.choice)]
    fitting = [entry for entry in accepting if entry.fits(service, lane)]
    if not entries:
        supported = ", ".join(support.field_names)
        yield FieldError(value.path, f"is not supported by {profile.title} here. Supported fields: {supported}")
    elif not accepting:
        accepted = ", ".join(dict.fromkeys(choice for entry in entries for choice in entry.choices))
        path = (*value.path, "type") if value.text is not None else value.path
        yield FieldError(path, f"is not supported by {profile.title} here. Supported: {accepted}")
    elif not fitting:
        yield FieldError(value.path, f"is not available with {profile.title} for this service and route")
    elif value.text is not None:
        path = (*value.path, "number") if value.choice is not None else value.path
        problem = _find_text_problem(profile, fitting[0], value.text)
        if problem is not None:
            yield FieldError(path, problem)


def _find_text_problem(profile: CarrierProfile, entry: CustomsField, text: str) -> str | None:
    """Return why the carrier can't print a text."""
    limits = profile.limits
    try:
        written = text if limits is None else transliterate(text, limits.letters)
    except UnprintableLetterError as error:
        return str(error)
    if not written:
        return "is empty"
    if entry.max_length is not None and len(written) > entry.max_length:
        return f"must have at most {entry.max_length} characters with {profile.title}"
    return None


def _find_payer_problems(customs: Customs) -> Iterator[FieldError]:
    """Return the contradiction between the incoterm and the payer of duties."""
    payer, incoterm = customs.duties.payer if customs.duties is not None else None, customs.incoterm
    if incoterm is Incoterm.DDP and payer is Payer.RECIPIENT:
        yield FieldError((ROOT, "duties", "payer"), "can't be recipient with DDP: the seller pays duties then")
    if incoterm not in (None, Incoterm.DDP) and payer is Payer.SENDER:
        problem = f"can't be sender with {incoterm}: the buyer pays duties then. Send DDP if the seller pays"
        yield FieldError((ROOT, "duties", "payer"), problem)


@dataclass(frozen=True, slots=True)
class _CustomsCheck:
    """Checks the customs data of one shipment over a border."""

    profile: CarrierProfile
    support: CustomsSupport
    request: ShipmentRequest
    customs: Customs
    lane: Lane

    @property
    def title(self) -> str:
        return self.profile.title

    def find(self) -> Iterator[FieldError]:
        """Return all problems."""
        for value in list_values(self.customs):
            yield from _find_support_problem(self.profile, self.support, value, self.request.service, self.lane)
        yield from self._find_missing()
        yield from self._find_counts()
        yield from self._find_currency_problems()
        yield from self._find_weight_problem()
        yield from self._find_export_problem()
        yield from self._find_duties_problems()
        yield from self._find_shipment_problems()

    def _find_missing(self) -> Iterator[FieldError]:
        """Return the fields that the carrier needs and the shipment lacks."""
        present = {value.name for value in list_values(self.customs)}
        for entry in self.support.fields:
            if not entry.is_required or not entry.fits(self.request.service, self.lane):
                continue
            group, _, part = entry.field.partition(".")
            if group == "items":
                for place, item in enumerate(self.customs.items):
                    if getattr(item, part) is None:
                        yield FieldError((ROOT, group, place, part), f"is required by {self.title}")
            elif entry.field not in present:
                yield FieldError((ROOT, *entry.field.split(".")), f"is required by {self.title}")
        if self.customs.contents in EXPLAINED and self.customs.contents_explanation is None:
            problem = f"is required if contents is {self.customs.contents}"
            yield FieldError((ROOT, "contents_explanation"), problem)

    def _find_counts(self) -> Iterator[FieldError]:
        if len(self.customs.items) > self.support.max_items:
            yield FieldError((ROOT, "items"), f"must have at most {self.support.max_items} items with {self.title}")
        for name in TAX_IDS:
            count = len(getattr(self.customs, name))
            limits = [entry.max_count for entry in self.support.list_fields(name) if entry.max_count is not None]
            if limits and count > max(limits):
                yield FieldError((ROOT, name), f"must have at most {max(limits)} tax ids with {self.title}")

    def _find_currency_problems(self) -> Iterator[FieldError]:
        accepted = self.support.currencies
        for place, item in enumerate(self.customs.items):
            path = (ROOT, "items", place, "currency")
            if item.currency != self.customs.currency:
                yield FieldError(path, f"must be {self.customs.currency}, like that of the first item")
            elif accepted and item.currency not in accepted:
                yield FieldError(path, f"must be {' or '.join(accepted)} with {self.title}")

    def _find_weight_problem(self) -> Iterator[FieldError]:
        parcels = sum((parcel.weight * POUNDS[parcel.weight_unit] for parcel in self.request.parcels), Decimal(0))
        items = self.customs.total_pounds
        if items > parcels + ROUNDING:
            yield FieldError((ROOT, "items"), f"weigh {items:.2f} lb together, but the parcels only {parcels:.2f} lb")

    def _find_export_problem(self) -> Iterator[FieldError]:
        found = find_undeclared_value(self.customs, self.request.ship_from, self.request.ship_to)
        if found is None:
            return
        code, value = found
        problem = (
            f"must have an itn, or another exemption than {LOW_VALUE}: the goods of {code} are worth {value:.2f} USD,"
            f" and the export of more than {MAX_LOW_VALUE} USD for each HS code from the US needs a filing"
        )
        if not self.support.list_fields("export_declaration.itn"):
            problem += f", whose number {self.title} does not accept here"
        yield FieldError((ROOT, "export_declaration"), problem)

    def _find_duties_problems(self) -> Iterator[FieldError]:
        yield from _find_payer_problems(self.customs)
        duties = self.customs.duties
        if duties is None:
            return
        entry = self.support.find_field("duties", str(duties.payer), self.request.service, self.lane)
        for part in entry.needs if entry is not None else ():
            if getattr(duties, part) is None:
                yield FieldError((ROOT, "duties", part), f"is required by {self.title}")

    def _find_shipment_problems(self) -> Iterator[FieldError]:
        """Return the problems of the label format and the phone numbers."""
        formats = self.support.formats
        if self.request.service and formats and self.request.label_format not in formats:
            problem = f"must be {' or '.join(formats)} with customs data at {self.title}"
            yield FieldError(("label_format",), problem)
        for side in self.support.phones:
            if not (getattr(self.request, side).phone or self.request.default_phone):
                problem = f"is required by {self.title} with customs data; or set settings.default_phone of the account"
                yield FieldError((side, "phone"), problem)
