"""Checks the tracking numbers that a person reports for a purchase of several parcels."""

from collections.abc import Sequence

from domain.effects import Effect
from domain.errors import FieldError
from domain.json_values import Json
from domain.results import LabelResult
from domain.shipping import LABEL_NAME, LABEL_NAME_FORM
from workflows.step import Step

PATH = ("result", "tracking_numbers")


def count_parcels(step: Step[object] | None, effect: Effect, request: Json) -> int:
    """Return how many parcels an effect buys; 0 for a step that buys no label. `request` is the operation's input."""
    if step is None or step.result is not LabelResult:
        return 0
    sent = (effect.sent or {}).get("label") or request
    return len(sent.get("parcels") or ()) or 1


def find_number_problems(numbers: Sequence[str] | None, parcels: int) -> list[FieldError]:
    """Return the problems of the tracking numbers of all parcels, in the order of the request."""
    if parcels <= 1:
        return [] if numbers is None else [FieldError(PATH, "is accepted only for several parcels")]
    if numbers is None or len(numbers) != parcels:
        message = f"must list the tracking numbers of all {parcels} parcels, in the order of the request"
        return [FieldError(PATH, message)]
    if len(set(numbers)) != parcels:
        return [FieldError(PATH, "must not list a number twice")]
    malformed = (index for index, number in enumerate(numbers) if not LABEL_NAME.fullmatch(number))
    return [FieldError((*PATH, index), LABEL_NAME_FORM) for index in malformed]
