"""Holds the four books against each other. Pure: what it finds depends on the books alone."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from tests.chaos import disturbances, effects, history
from tests.chaos.books import Books
from tests.chaos.told import NO_ANSWER, Call, Json, Told
from tests.chaos.vendors import MAX_REPRINTS
from tests.chaos.violation import Violation

ENDED = ("completed", "failed", "cancelled", "undone")

ANSWERS: dict[str, dict[int, tuple[str, ...]]] = {
    "create": {201: ("pending",), 422: ("invalid_input", "order_cancelled", "order_on_hold", "in_use")},
    "execute": {202: ("executing",), 200: ("executing", *ENDED), 409: ("operation_not_pending",)},
    "cancel": {200: ("cancelled",), 409: ("operation_not_pending",)},
    "undo": {
        200: ("undone",),
        202: ("completed", "undone"),
        409: ("operation_changed",),
        422: ("undo_not_available", "undo_failed", "in_use"),
    },
    "retry": {
        202: ("executing",),
        200: ("executing", *ENDED),
        409: ("operation_not_failed", "compensation_unsettled"),
    },
    "get": {200: ("pending", "executing", *ENDED)},
}
"""What a call may be told, beside no answer, 503 and `idempotency_key_in_use`."""


def check(told: Told, books: Books) -> list[Violation]:
    """Return everything that contradicts a promise."""
    checks: list[Callable[[Told, Books], Iterator[Violation]]] = [
        expected_answers,
        kept_words,
        keys_kept,
        all_ended,
        attention_earned,
        *disturbances.CHECKS,
    ]
    found = [violation for each in checks for violation in each(told, books)]
    found += [violation for each in (*history.CHECKS, *effects.CHECKS) for violation in each(books)]
    return found


def expected_answers(told: Told, _books: Books) -> Iterator[Violation]:
    """Whatever is broken, an answer is one of the contract's: never a 500, never a refusal without cause."""
    for call in told.calls:
        if call.status == NO_ANSWER:
            continue
        if call.status in (503, 409) and call.said in ("service_unavailable", "idempotency_key_in_use"):
            continue
        words = ANSWERS[call.verb].get(call.status, ())
        if call.said.split(" (")[0] not in words:
            yield Violation(call.operation_id, f"unexpected answer: {call} {call.answer}")


def kept_words(told: Told, books: Books) -> Iterator[Violation]:
    """What a client was told is true: the operation exists, and stands where it was said to stand or beyond."""
    for call in told.calls:
        if not call.accepted or call.operation_id is None:
            continue
        operation = books.operations.get(call.operation_id)
        if operation is None:
            yield Violation(call.operation_id, f"lost: the client was told {call}")
            continue
        runs = books.runs.get(call.operation_id, [])
        if call.verb in ("execute", "retry") and not runs:
            yield Violation(call.operation_id, f"told {call}, but there is no run")
        if call.said in ("cancelled", "undone") and operation["status"] != call.said:
            yield Violation(call.operation_id, f"told {call}, but it is {operation['status']}")
        if not history.reachable(call.said, operation["status"]):
            yield Violation(call.operation_id, f"told {call}, but it is {operation['status']}")
    yield from _never_back(told)


def _never_back(told: Told) -> Iterator[Violation]:
    """One reader sees the statuses of an operation in their order."""
    latest: dict[str, Call] = {}
    for call in told.calls:
        if call.verb != "get" or call.status != 200 or call.operation_id is None:
            continue
        before = latest.get(call.operation_id)
        if before is not None and not history.reachable(before.said, call.said):
            yield Violation(call.operation_id, f"read {before}, and later {call}")
        latest[call.operation_id] = call


def keys_kept(told: Told, books: Books) -> Iterator[Violation]:
    """One key stands for one operation, whoever was told of it; a story with keys made no second one."""
    by_key: dict[str, set[str]] = defaultdict(set)
    for call in told.calls:
        if call.key and call.status == 201 and call.operation_id:
            by_key[call.key].add(call.operation_id)
    for key, ids in by_key.items():
        if len(ids) > 1:
            yield Violation(min(ids), f"key {key} was answered with several operations: {ids}")
    keyed = {call.story for call in told.calls if call.key}
    made: dict[str, list[str]] = defaultdict(list)
    for ident, operation in books.operations.items():
        name = story_of(operation["input"])
        if name in keyed:
            made[name].append(ident)
    for name, operations in made.items():
        if len(operations) > 1:
            yield Violation(operations[0], f"story {name} with its key made several operations: {operations}")


def story_of(given: dict[str, object]) -> str | None:
    """Return the name of the story that an operation's input carries."""
    ship_from = given.get("ship_from")
    named = ship_from.get("company") if isinstance(ship_from, dict) else None
    found = named or given.get("reason") or given.get("tracking_number")
    return str(found) if found else None


def all_ended(_told: Told, books: Books) -> Iterator[Violation]:
    """Every operation has ended, was never executed, or says what a person must settle."""
    for ident, operation in books.operations.items():
        status, attention = operation["status"], operation["attention"]
        if status == "pending" and books.runs.get(ident):
            yield Violation(ident, "pending, but it has a run")
        if attention is not None and not (attention.get("reason") and attention.get("choices")):
            yield Violation(ident, f"attention without a reason or a choice: {attention}")
        if status == "executing" and attention is None:
            yield Violation(ident, "never ended")
        if operation["undo_status"] == "in_progress":
            yield Violation(ident, "its undo never ended")
        if status == "failed" and not (operation["error"] or {}).get("rolled_back") and attention is None:
            yield Violation(ident, "failed, not rolled back, and nobody is told")


KILLED = "workers died"
REFUSALS = ("reject", "auth_failed", "absent", "too_late", "no_lookup")


def attention_earned(_told: Told, books: Books) -> Iterator[Violation]:
    """A person is asked only where nothing else helps.

    That is: the vendor proves nothing, or another one took its place; it refused to be asked or to take something back,
    or never does; it was not reached for as long as the service tries (a retry that would come too late is not waited
    for: half the time); an operator stopped a run; or three workers were killed while they worked on it.
    """
    refused: set[str] = {
        request["reference"]
        for request in books.requests
        if request["fault"] in REFUSALS and not request["target"].endswith(".create")
    }
    for ident, operation in books.operations.items():
        if operation["attention"] is None:
            continue
        asked = [operation["plan"].get(name) for name in ("carrier_account_id", "bridge_id")]
        unprovable = any(books.safety.get(ident) == "lookup_weak" or ident in books.moved for ident in asked if ident)
        # A void is of a label that another operation bought: the carrier knows it by that one's reference.
        references = [books.label_to_void(operation), *(effect["reference"] for effect in books.effects.get(ident, []))]
        vendors = {books.vendors[account_id] for account_id in asked if account_id in books.vendors}
        answered = any(reference in refused for reference in references) or _can_not_ask(books, ident, vendors)
        stopped = any(
            books.workflows.get(run["workflow_id"]) == "TERMINATED" and run["kind"] != "execute"
            for run in books.runs[ident]
        )
        never = operation["plan"].get("can_undo") is False and operation["attention"]["reason"] == "compensation_failed"
        longest = max((_seconds(run) for run in books.runs[ident]), default=0.0)
        killed = KILLED in (operation["attention"].get("message") or "")
        if not (unprovable or answered or stopped or never or killed or longest > books.retry_for / 2 - 1):
            yield Violation(ident, f"a person is asked without need: {operation['attention']}")


def _can_not_ask(books: Books, ident: str, vendors: set[str]) -> bool:
    """Whether a vendor would not be asked.

    That is: it refused a call that names no reference, such as one for a token or an order, in the operation's time; or
    it is USPS, and reprints the label no more.
    """
    nameless = [
        request["at"] for request in books.requests if request["fault"] in REFUSALS and request["reference"] is None
    ]
    denied = any(run["created_at"] <= at <= (run["closed_at"] or at) for run in books.runs[ident] for at in nameless)
    looks = Counter(request["reference"] for request in books.requests if request["target"] == "labels.find")
    worn = any(looks[effect["reference"]] >= MAX_REPRINTS for effect in books.effects.get(ident, []))
    return denied or ("usps" in vendors and worn)


def _seconds(run: Json) -> float:
    if run["closed_at"] is None:
        return 0.0
    return (datetime.fromisoformat(run["closed_at"]) - datetime.fromisoformat(run["created_at"])).total_seconds()


@dataclass(frozen=True)
class Totals:
    """A list's total as the API tells it, and as it is counted."""

    filters: str
    told: int
    counted: int


def check_totals(totals: list[Totals]) -> list[Violation]:
    """Return every total that is not the count."""
    return [
        Violation(None, f"the total of operations?{total.filters} is {total.told}, counted: {total.counted}")
        for total in totals
        if total.told != total.counted
    ]
