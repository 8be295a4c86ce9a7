"""The fault matrix of every real carrier adapter, derived from the features of the carrier's protocol."""

from collections.abc import Iterator
from dataclasses import replace

from tests.faults.scenario import ABSENT, ACCEPTED, HARMLESS, LATE, LOST, REFUSED_AFTER, End, Scenario
from tests.integration.carriers.vendors import CARRIERS, Carrier

KIND = "create_shipment"
SHAPES = ("truncated", "empty", "wrong_shape")
"""The call has its effect, but the answer is unreadable; ACCEPTED has `garbage`, an HTML answer."""
READABLE = ("single", "large_label")
ANY_ANSWER = (*HARMLESS, *LOST, *ACCEPTED, *SHAPES)


def scenarios() -> list[tuple[Carrier, Scenario]]:
    """Return every cell of every carrier."""
    return [(carrier, _own(carrier, cell)) for carrier in CARRIERS for cell in _cells(carrier)]


def _own(carrier: Carrier, cell: Scenario) -> Scenario:
    end: End = carrier.own_ends.get(cell.what, cell.end)  # type: ignore[assignment]
    return replace(cell, end=end, safety=carrier.safety)


def _cells(carrier: Carrier) -> Iterator[Scenario]:
    yield from creates(carrier)
    yield from finds(carrier)
    yield from _voids(carrier)
    if carrier.signs_in:
        yield from _tokens()
    if carrier.drafts:
        yield from _drafts()
    if carrier.fetches_documents:
        for fault in ("reject", ABSENT, *ANY_ANSWER):
            before = (("labels.create", "accept_then_drop"), ("labels.document", fault))
            yield Scenario(KIND, f"labels.document-{fault}", "completed", before)


def creates(carrier: Carrier) -> Iterator[Scenario]:
    for fault in ("reject", *ANY_ANSWER, *LATE, *REFUSED_AFTER, *READABLE):
        yield Scenario(KIND, f"labels.create-{fault}", _create_end(carrier, fault), (("labels.create", fault),))
    yield Scenario(KIND, "labels.create-auth_failed", _once(carrier, "failed"), (("labels.create", "auth_failed"),))
    if carrier.signs_in:
        twice = (("labels.create", "auth_failed"), ("labels.create", "auth_failed"))
        yield Scenario(KIND, "labels.create-auth_failed_twice", "failed", twice)


def _create_end(carrier: Carrier, fault: str) -> End:
    kind = fault.partition(":")[0]
    if fault == "reject":
        return "failed"
    not_done = fault in LOST or (kind == "unavailable" and kind not in carrier.unprocessed)
    return "attention" if not_done and carrier.safety == "lookup_weak" else "completed"


def _once(carrier: Carrier, otherwise: End) -> End:
    """Return the end after one refused token: success for carriers that fetch another token."""
    return "completed" if carrier.signs_in else otherwise


def finds(carrier: Carrier) -> Iterator[Scenario]:
    """The carrier answered the purchase, so one lookup proves that the label is absent.

    A refused lookup always ends with a person.
    """
    sends = 3 if carrier.safety == "keyed" else 1
    for fault in ("accept_then_drop", "drop"):
        lost = (("labels.create", fault),) * sends
        yield Scenario(KIND, f"labels.find-no_lookup-{fault}", "attention", (*lost, ("labels.find", "no_lookup")))
    if carrier.safety == "keyed":
        return
    denied = (ABSENT,) if carrier.safety == "lookup_weak" else ()
    for fault in ("reject", *ANY_ANSWER, "single", *denied):
        end: End = "attention" if fault == "reject" else "completed"
        before = (("labels.create", "truncated"), ("labels.find", fault))
        yield Scenario(KIND, f"labels.find-{fault}", end, before)
    before = (("labels.create", "truncated"), ("labels.find", "auth_failed"))
    yield Scenario(KIND, "labels.find-auth_failed", _once(carrier, "attention"), before)


def _voids(carrier: Carrier) -> Iterator[Scenario]:
    ends: dict[str, End] = {"reject": "undo_failed", ABSENT: "undo_failed", "too_late": "undo_refused"}
    for fault in ("reject", ABSENT, *carrier.void_outcomes, *ANY_ANSWER, "single"):
        yield Scenario(KIND, f"undo-labels.void-{fault}", ends.get(fault, "undone"), then=(("labels.void", fault),))
    end: End = "undone" if carrier.signs_in else "undo_failed"
    yield Scenario(KIND, "undo-labels.void-auth_failed", end, then=(("labels.void", "auth_failed"),))
    if carrier.voids_by_tracking:
        # The label is voided, its second void is refused, and tracking does not show the first one yet.
        lost = (("labels.void", "accept_then_drop"), ("labels.void", "reject"), ("labels.track", ABSENT))
        yield Scenario(KIND, "undo-labels.void-lost-and-refused", "undone", then=lost)


def _tokens() -> Iterator[Scenario]:
    for fault in ("rate_limited:1", "unavailable:1", *LOST, "accept_then_stall", "garbage", *SHAPES):
        yield Scenario(KIND, f"tokens.create-{fault}", "completed", (("tokens.create", fault),))
    yield Scenario(KIND, "tokens.create-auth_failed", "failed", (("tokens.create", "auth_failed"),))


def _drafts() -> Iterator[Scenario]:
    """A fault before the purchase has no effect: nothing was bought, and nothing is bought twice."""
    for target in ("drafts.find", "drafts.create"):
        for fault in ("reject", "auth_failed", *ANY_ANSWER, "single"):
            end: End = "failed" if fault in ("reject", "auth_failed") else "completed"
            yield Scenario(KIND, f"{target}-{fault}", end, ((target, fault),))
    # The first shipment and its purchase are lost between the two calls; there is still one label.
    lost = (("drafts.create", "accept_then_drop"), ("labels.create", "drop"), ("labels.create", "accept_then_drop"))
    yield Scenario(KIND, "drafts.create-and-labels.create-lost", "completed", lost)
