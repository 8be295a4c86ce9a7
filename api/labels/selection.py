"""Checks and sorts the documents of a merge."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.http.errors import LabelVoided
from api.labels.schemas import MergeRequest
from domain.errors import CodedFieldError, FieldError, InvalidInput, LabelNotFound, ShipmentNotFound
from domain.label_parts import DocumentKind
from domain.ports.stores import StoredLabel
from domain.shipping import ShipmentStatus

MAX_BYTES = 100 * 1024 * 1024
KINDS = {"PDF": "PDF", "PNG": "PDF", "ZPL": "ZPL"}
"""The format of the file by the format of a label."""

_DIGITS = re.compile(r"(\d+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A document of the file; `path` is the client's path of its shipment."""

    id: UUID
    path: tuple[str | int, ...]
    format: str
    size: int
    paper: str | None

    @property
    def kind(self) -> str:
        return KINDS[self.format]


def choose_documents(body: MergeRequest, found: Mapping[UUID, StoredLabel]) -> list[Chosen]:
    """Return the documents in the requested order.

    Raises:
        InvalidInput: with each shipment whose documents can't be in the file.
    """
    problems = list(_find_problems(body, found))
    if problems:
        raise InvalidInput(problems)
    chosen = {ident: _choose(body, place, found[ident]) for place, ident in enumerate(body.ids)}
    first, *others = [document for documents in chosen.values() for document in documents]
    mixed = {other.path: other for other in others if other.kind != first.kind}
    if mixed:
        raise InvalidInput([_mixed(other, first) for other in mixed.values()])
    if sum(document.size for document in (first, *others)) > MAX_BYTES:
        raise InvalidInput([FieldError(("ids",), f"the documents have more than {MAX_BYTES} bytes: merge fewer")])
    ids = body.ids if body.sort == "ids" else sorted(body.ids, key=lambda ident: _sort_key(body, found[ident]))
    return [document for ident in ids for document in chosen[ident]]


def _find_problems(body: MergeRequest, found: Mapping[UUID, StoredLabel]) -> Iterator[FieldError]:
    places: dict[UUID, int] = {}
    for place, ident in enumerate(body.ids):
        path, label = ("ids", place), found.get(ident)
        if places.setdefault(ident, place) != place:
            yield FieldError(path, f"repeats ids.{places[ident]}")
        elif label is None:
            yield CodedFieldError(path, f"there is no shipment {ident}", ShipmentNotFound.code)
        elif label.status is not ShipmentStatus.LABEL_CREATED:
            yield CodedFieldError(path, f"the shipment's status is {label.status.value}", LabelVoided.code)
        elif lacking := _find_lacking(body, label):
            yield CodedFieldError(path, lacking, LabelNotFound.code)


def _find_lacking(body: MergeRequest, label: StoredLabel) -> str | None:
    """Return which document the shipment lacks; None if it has all that it must have."""
    if not any(document.kind in body.include for document in label.documents):
        return "the shipment has no such document"
    if DocumentKind.LABEL not in body.include:
        return None
    parcels = {document.parcel for document in label.documents if document.kind is DocumentKind.LABEL}
    lacking = set() if None in parcels else {*range(1, max(label.parcels, 1) + 1)} - parcels
    return f"parcel {min(lacking)} has no label document" if lacking else None


def _mixed(document: Chosen, first: Chosen) -> FieldError:
    where = ".".join(map(str, first.path))
    return FieldError(document.path, f"has a {document.format} document, and {where} has a {first.format} document")


def _choose(body: MergeRequest, place: int, label: StoredLabel) -> list[Chosen]:
    """Return the shipment's documents in order."""
    kinds = dict.fromkeys(body.include)
    return [
        Chosen(document.id, ("ids", place), document.format, document.size, label.paper)
        for kind in kinds
        for document in label.documents
        if document.kind is kind
    ]


def _sort_key(body: MergeRequest, label: StoredLabel) -> Any:
    if body.sort == "carrier":
        return label.carrier, label.service
    if body.sort == "order_number":
        # Labels without an order number come last.
        parts = _DIGITS.split(label.order_number or "")
        return label.order_number is None, [int(part) if at % 2 else part for at, part in enumerate(parts)]
    return getattr(label, body.sort, None)
