"""Compares the four records: the client log, Postgres, Temporal and the sandboxes. Depends on nothing else."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from tests.chaos import disturbances, effects, events, history
from tests.chaos.client_log import NO_ANSWER, Call, ClientLog, Json
from tests.chaos.records import Records
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
"""The allowed results of each call, in addition to no answer, 503 and `idempotency_key_in_use`."""


def check(client_log: ClientLog, records: Records) -> list[Violation]:
    """Return every violation of a promise."""
    checks: list[Callable[[ClientLog, Records], Iterator[Violation]]] = [
        expected_answers,
        answers_are_true,
        keys_are_unique,
        all_operations_ended,
        attention_is_justified,
        *disturbances.CHECKS,
    ]
    found = [violation for each in checks for violation in each(client_log, records)]
    found += [violation for each in (*history.CHECKS, *effects.CHECKS, *events.CHECKS) for violation in each(records)]
    return found


def expected_answers(client_log: ClientLog, _books: Records) -> Iterator[Violation]:
    """Every answer is documented: no 500, and no rejection without a cause."""
    for call in client_log.calls:
        if call.status == NO_ANSWER:
            continue
        if call.status in (503, 409) and call.result in ("service_unavailable", "idempotency_key_in_use"):
            continue
        words = ANSWERS[call.verb].get(call.status, ())
        if call.result.split(" (")[0] not in words:
            yield Violation(call.operation_id, f"unexpected answer: {call} {call.answer}")


def answers_are_true(client_log: ClientLog, records: Records) -> Iterator[Violation]:
    """Each answer was true: the operation exists, and has the reported status or a later one."""
    for call in client_log.calls:
        if not call.accepted or call.operation_id is None:
            continue
        operation = records.operations.get(call.operation_id)
        if operation is None:
            yield Violation(call.operation_id, f"lost: the client got {call}")
            continue
        runs = records.runs.get(call.operation_id, [])
        if call.verb in ("execute", "retry") and not runs:
            yield Violation(call.operation_id, f"the client got {call}, but there is no run")
        if call.result in ("cancelled", "undone") and operation["status"] != call.result:
            yield Violation(call.operation_id, f"the client got {call}, but it is {operation['status']}")
        if not history.reachable(call.result, operation["status"]):
            yield Violation(call.operation_id, f"the client got {call}, but it is {operation['status']}")
    yield from _statuses_advance(client_log)


def _statuses_advance(client_log: ClientLog) -> Iterator[Violation]:
    """A client's reads show an operation's statuses in a valid order."""
    latest: dict[str, Call] = {}
    for call in client_log.calls:
        if call.verb != "get" or call.status != 200 or call.operation_id is None:
            continue
        before = latest.get(call.operation_id)
        if before is not None and not history.reachable(before.result, call.result):
            yield Violation(call.operation_id, f"read {before}, and later {call}")
        latest[call.operation_id] = call


def keys_are_unique(client_log: ClientLog, records: Records) -> Iterator[Violation]:
    """Each idempotency key made one operation, and a scenario with keys made at most one."""
    by_key: dict[str, set[str]] = defaultdict(set)
    for call in client_log.calls:
        if call.key and call.status == 201 and call.operation_id:
            by_key[call.key].add(call.operation_id)
    for key, ids in by_key.items():
        if len(ids) > 1:
            yield Violation(min(ids), f"key {key} was answered with several operations: {ids}")
    keyed = {call.scenario for call in client_log.calls if call.key}
    made: dict[str, list[str]] = defaultdict(list)
    for ident, operation in records.operations.items():
        name = find_scenario(operation["input"])
        if name in keyed:
            made[name].append(ident)
    for name, operations in made.items():
        if len(operations) > 1:
            yield Violation(operations[0], f"scenario {name} with its key made several operations: {operations}")


def find_scenario(fields: dict[str, object]) -> str | None:
    """Return the name of the scenario in an operation's input."""
    ship_from = fields.get("ship_from")
    named = ship_from.get("company") if isinstance(ship_from, dict) else None
    found = named or fields.get("reason") or fields.get("tracking_number")
    return str(found) if found else None


def all_operations_ended(_client_log: ClientLog, records: Records) -> Iterator[Violation]:
    """Every operation has ended, was never executed, or needs attention."""
    for ident, operation in records.operations.items():
        status, attention = operation["status"], operation["attention"]
        if status == "pending" and records.runs.get(ident):
            yield Violation(ident, "pending, but it has a run")
        if attention is not None and not (attention.get("reason") and attention.get("choices")):
            yield Violation(ident, f"attention without a reason or a choice: {attention}")
        if status == "executing" and attention is None:
            yield Violation(ident, "never ended")
        if operation["undo_status"] == "in_progress":
            yield Violation(ident, "its undo never ended")
        if status == "failed" and not (operation["error"] or {}).get("rolled_back") and attention is None:
            yield Violation(ident, "failed, not rolled back, without attention")


KILLED = "workers died"
REFUSALS = ("reject", "auth_failed", "absent", "too_late", "no_lookup")


def attention_is_justified(_client_log: ClientLog, records: Records) -> Iterator[Violation]:
    """An operation needs attention only if nothing else helps.

    The allowed causes: the vendor can't prove an outcome, or the account was moved to another sandbox; the vendor
    rejected a lookup or a compensation, or has none; it was unreachable for as long as the service retries (half
    that time, because the service does not wait for a retry that would come too late); an operator stopped a run; or
    three workers were killed while they worked on the operation.
    """
    refused: set[str] = {
        request["reference"]
        for request in records.requests
        if request["fault"] in REFUSALS and not request["target"].endswith(".create")
    }
    for ident, operation in records.operations.items():
        if operation["attention"] is None:
            continue
        connection_ids = [operation["plan"].get(name) for name in ("carrier_account_id", "bridge_id")]
        unprovable = any(
            records.safety.get(ident) == "lookup_weak" or ident in records.moved for ident in connection_ids if ident
        )
        # A void is about a label of another operation: the carrier knows the label by that operation's reference.
        references = [
            records.label_to_void(operation),
            *(effect["reference"] for effect in records.effects.get(ident, [])),
        ]
        vendors = {records.vendors[account_id] for account_id in connection_ids if account_id in records.vendors}
        unanswerable = any(reference in refused for reference in references) or _is_unanswerable(
            records, ident, vendors
        )
        stopped = any(
            records.workflows.get(run["workflow_id"]) == "TERMINATED" and run["kind"] != "execute"
            for run in records.runs[ident]
        )
        cannot_undo = (
            operation["plan"].get("can_undo") is False and operation["attention"]["reason"] == "compensation_failed"
        )
        longest = max((_seconds(run) for run in records.runs[ident]), default=0.0)
        killed = KILLED in (operation["attention"].get("message") or "")
        if not (unprovable or unanswerable or stopped or cannot_undo or killed or longest > records.retry_for / 2 - 1):
            yield Violation(ident, f"attention without need: {operation['attention']}")


def _is_unanswerable(records: Records, ident: str, vendors: set[str]) -> bool:
    """Return whether a vendor could not be asked.

    It rejected a call without a reference, such as one for a token or an order, during the operation; or it is USPS,
    which reprints a label only MAX_REPRINTS times.
    """
    unreferenced = [
        request["at"] for request in records.requests if request["fault"] in REFUSALS and request["reference"] is None
    ]
    denied = any(
        run["created_at"] <= at <= (run["closed_at"] or at) for run in records.runs[ident] for at in unreferenced
    )
    lookups = Counter(request["reference"] for request in records.requests if request["target"] == "labels.find")
    used_up = any(lookups[effect["reference"]] >= MAX_REPRINTS for effect in records.effects.get(ident, []))
    return denied or ("usps" in vendors and used_up)


def _seconds(run: Json) -> float:
    if run["closed_at"] is None:
        return 0.0
    return (datetime.fromisoformat(run["closed_at"]) - datetime.fromisoformat(run["created_at"])).total_seconds()


@dataclass(frozen=True)
class Totals:
    """A list's total from the API, and the number of matching rows."""

    filters: str
    reported: int
    counted: int


def check_totals(totals: list[Totals]) -> list[Violation]:
    """Return every total that differs from the number of rows."""
    return [
        Violation(None, f"the total of operations?{total.filters} is {total.reported}, counted: {total.counted}")
        for total in totals
        if total.reported != total.counted
    ]
