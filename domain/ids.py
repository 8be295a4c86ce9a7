"""Identifiers, and the only functions that make them."""

import base64
import hashlib
import re
import secrets
import time
from uuid import UUID

WORKFLOW_ID = re.compile(r"operation-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:-run-([1-9][0-9]{0,8}))?")


def effect_reference(operation_id: UUID, step: str, direction: str, round_: int) -> str:
    """Make the reference of one effect: 26 characters A-Z2-7, 128 bits of a SHA-256. FedEx Ground takes 30.

    It is derived and not random, so that a ledger that was restored from an older backup gives the same effect the
    same reference again, and what the carrier has of it is found.
    """
    digest = hashlib.sha256(f"{operation_id}/{step}/{direction}/{round_}".encode()).digest()
    return base64.b32encode(digest[:16]).decode().rstrip("=")


def workflow_id(operation_id: UUID, run: int) -> str:
    """Name the workflow of one run: the first is `operation-<id>`, later ones end in their number."""
    return f"operation-{operation_id}" if run == 1 else f"operation-{operation_id}-run-{run}"


def run_of(workflow: str) -> tuple[UUID, int] | None:
    """Read the operation and the run from a workflow id; None where it is none of ours."""
    found = WORKFLOW_ID.fullmatch(workflow)
    return None if found is None else (UUID(found[1]), int(found[2] or 1))


def new_id() -> UUID:
    """Make the id of a row: a UUIDv7 (RFC 9562), so that new rows lie side by side in an index."""
    random = secrets.randbits(74)
    milliseconds = time.time_ns() // 1_000_000
    value = milliseconds << 80 | 0x7 << 76 | (random >> 62) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    return UUID(int=value)
