"""Watches an operation until it ends or needs a person, with the stream of its events."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from client.commands.columns import EVENT, problem_of
from client.errors import ApiRefused, ExitCode
from client.output import to_text
from client.session import Session
from client.stream import follow

OPEN = ("pending", "executing")
POLL_SECONDS = 2.0


def find_problem(operation: Any) -> str | None:
    """Return why the operation did not end well; None if it did, or has not ended."""
    if operation["attention"] is not None:
        return f"a person is needed: {problem_of(operation)}"
    if operation["status"] == "failed":
        return f"failed: {problem_of(operation)}"
    if operation["undo"]["status"] == "failed":
        return "the undo failed"
    return None


def has_ended(operation: Any) -> bool:
    """Whether nothing happens to the operation until a client calls."""
    if operation["attention"] is not None:
        return True
    return operation["status"] not in OPEN and operation["undo"]["status"] != "in_progress"


def watch_operation(session: Session, ident: str) -> Any:
    """Show each event of the operation, and return the operation at its end.

    A key without the scope events:read polls the operation instead.
    """
    path = f"/api/operations/{quote(ident, safe='')}"
    operation = session.api.get(path)
    if has_ended(operation):
        _show_end(session, operation)
        return operation
    try:
        for event in _changes(session, operation["id"]):
            if event is not None:
                session.out.show_line(event, "\t".join(column.value(event) for column in EVENT[:2]))
            operation = session.api.get(path)
            if has_ended(operation):
                break
    except ApiRefused as error:
        if error.exit_code is not ExitCode.NOT_ALLOWED:
            raise
        operation = _poll(session, path)
    _show_end(session, operation)
    return operation


def _changes(session: Session, operation_id: str) -> Iterator[Any]:
    """Yield None once the stream is open, so that no change before it is missed, and then each event."""
    for position in follow(session.api, {"subject": f"operation:{operation_id}"}):
        yield position.event


def _poll(session: Session, path: str) -> Any:
    while not has_ended(operation := session.api.get(path)):
        session.api.sleep(POLL_SECONDS)
    return operation


def _show_end(session: Session, operation: Any) -> None:
    problem = problem_of(operation)
    line = f"{operation['id']}\t{operation['status']}" + (f"\t{to_text(problem)}" if problem else "")
    session.out.show_line(operation, line)
