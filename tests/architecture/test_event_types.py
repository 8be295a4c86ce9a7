"""Every type of events that the code or the trigger writes is in the catalogue, and the catalogue has no other."""

import re
from pathlib import Path
from typing import get_args

from domain.events import EVENT_TYPES
from domain.operations import RunResult
from domain.shipping import RefundState

PROJECT = Path(__file__).parents[2]
PACKAGES = ("activities", "adapters", "api", "engine", "bootstrap")
WRITTEN = re.compile(r"""["'](?:operation|step|effect|refund)\.[a-z_]+["']""")
TRIGGER = PROJECT / "adapters" / "postgres" / "schema" / "record_change.sql"
COLUMNS = {"effect.operation_id", "effect.step"}
"""Texts of SQL that are no types."""


def find_written() -> set[str]:
    """Return the types in the code: texts such as `step.done`, and those that are composed from a status."""
    files = [path for package in PACKAGES for path in (PROJECT / package).rglob("*.py")]
    texts = {text.strip("\"'") for path in files for text in WRITTEN.findall(path.read_text())}
    results = {f"operation.{result}" for result in get_args(RunResult)}
    refunds = {f"refund.{state}" for state in RefundState if state is not RefundState.PENDING}
    return texts - COLUMNS | results | refunds


def find_triggered() -> set[str]:
    """Return the types that the trigger writes: each subject's changes."""
    sql = TRIGGER.read_text()
    body = sql[sql.index("create function event_change(") :].split("$$;")[0]
    words = set(re.findall(r"(?:then|else) '(\w+)'", body)) | {"voided", "refund_pending", "refund_rejected"}
    return words | {"created", "deleted"}


def test_the_catalogue_has_every_type_that_is_written() -> None:
    """The catalogue feeds the reference, the filters and the subscriptions of webhooks."""
    catalogue = {name for name, found in EVENT_TYPES.items() if found.subject == "operation"}
    assert find_written() == catalogue


def test_the_catalogue_has_every_change_that_the_trigger_finds() -> None:
    changes = {name.partition(".")[2] for name, found in EVENT_TYPES.items() if found.subject != "operation"}
    assert find_triggered() == changes - {"test"}
