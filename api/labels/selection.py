"""Checks and sorts the labels of a merge."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.http.errors import LabelVoided
from api.labels.schemas import MergeRequest
from domain.errors import CodedFieldError, FieldError, InvalidInput, LabelNotFound, ShipmentNotFound
from domain.ports.stores import StoredLabel
from domain.shipping import ShipmentStatus

MAX_BYTES = 100 * 1024 * 1024
KINDS = {"PDF": "PDF", "PNG": "PDF", "ZPL": "ZPL"}
"""The format of the file by the format of a label."""

_DIGITS = re.compile(r"(\d+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A label of the file; `path` is the client's."""

    id: UUID
    path: tuple[str | int, ...]
    format: str
    size: int
    paper: str | None
    key: Any

    @property
    def kind(self) -> str:
        return KINDS[self.format]


def choose_labels(body: MergeRequest, found: Mapping[UUID, StoredLabel]) -> list[Chosen]:
    """Return the labels in the requested order.

    Raises:
        InvalidInput: with each label that can't be in the file.
    """
    problems = list(_find_problems(body, found))
    if problems:
        raise InvalidInput(problems)
    chosen = [_choose(body, place, found[ident]) for place, ident in enumerate(body.ids)]
    mixed = [_mixed(label, chosen[0]) for label in chosen if label.kind != chosen[0].kind]
    if mixed:
        raise InvalidInput(mixed)
    if sum(label.size for label in chosen) > MAX_BYTES:
        raise InvalidInput([FieldError(("ids",), f"the documents have more than {MAX_BYTES} bytes: merge fewer")])
    return chosen if body.sort == "ids" else sorted(chosen, key=lambda label: label.key)


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
        elif label.format is None:
            yield CodedFieldError(path, "the label has no document", LabelNotFound.code)


def _mixed(label: Chosen, first: Chosen) -> FieldError:
    return FieldError(label.path, f"the label is {label.format}, and that of ids.0 is {first.format}")


def _choose(body: MergeRequest, place: int, label: StoredLabel) -> Chosen:
    assert label.format is not None  # noqa: S101 - a label without a document is a problem
    key = _sort_key(body, label)
    return Chosen(label.id, ("ids", place), label.format, label.size or 0, label.paper, key)


def _sort_key(body: MergeRequest, label: StoredLabel) -> Any:
    if body.sort == "carrier":
        return label.carrier, label.service
    if body.sort == "order_number":
        # Labels without an order number come last.
        parts = _DIGITS.split(label.order_number or "")
        return label.order_number is None, [int(part) if at % 2 else part for at, part in enumerate(parts)]
    return getattr(label, body.sort, None)
