"""Identifiers: the functions that make and parse them."""

import base64
import hashlib
import re
import secrets
import time
from uuid import UUID

WORKFLOW_ID = re.compile(r"operation-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:-run-([1-9][0-9]{0,8}))?")


def effect_reference(operation_id: UUID, step: str, direction: str, round_: int) -> str:
    """Return the reference of an effect: 26 characters A-Z2-7, 128 bits of a SHA-256. FedEx Ground accepts 30.

    The reference is derived and not random: after a restore from an older backup, the ledger gives the same effect the
    same reference, and the look-up at the carrier finds it.
    """
    digest = hashlib.sha256(f"{operation_id}/{step}/{direction}/{round_}".encode()).digest()
    return base64.b32encode(digest[:16]).decode().rstrip("=")


def workflow_id(operation_id: UUID, run: int) -> str:
    """Return the workflow id of a run: `operation-<id>` for the first, with `-run-<number>` for later ones."""
    return f"operation-{operation_id}" if run == 1 else f"operation-{operation_id}-run-{run}"


def run_of(workflow: str) -> tuple[UUID, int] | None:
    """Parse the operation's id and the run's number from a workflow id; None if it has another form."""
    found = WORKFLOW_ID.fullmatch(workflow)
    return None if found is None else (UUID(found[1]), int(found[2] or 1))


def new_id() -> UUID:
    """Return a UUIDv7 (RFC 9562): new rows are then neighbours in an index."""
    random = secrets.randbits(74)
    milliseconds = time.time_ns() // 1_000_000
    value = milliseconds << 80 | 0x7 << 76 | (random >> 62) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    return UUID(int=value)
