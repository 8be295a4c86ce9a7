"""`Idempotency-Key`: a repeated call has no second effect.

One transaction claims the key, makes the change and stores the answer, so a crash leaves all of it or nothing. A
refused call (4xx) changes nothing and leaves the key free.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable, Collection
from uuid import UUID

from api.http.auth import Caller
from api.http.canonical_json import canonicalize
from api.http.errors import IdempotencyKeyInUse, IdempotencyKeyReused, InvalidIdempotencyKey
from api.http.responses import Answer
from domain.ports.stores import OrganizationData, StoredAnswer
from domain.shipping import Mode

REPLAYED = "Idempotent-Replayed"
RUNNING_MARGIN_SECONDS = 5.0

TEST_NAMESPACE = "test\t"
"""Separates the keys of calls with test keys from those of live calls. A client's key contains no tab."""

_KEY = re.compile(r"[\x20-\x7e]{1,255}")

Change = Callable[[OrganizationData], Awaitable[Answer]]


async def run_once(caller: Caller, change: Change, *, single: bool = False) -> Answer:
    """Make a change in one transaction, or replay the answer stored with the idempotency key.

    Args:
        caller: the request with its key.
        change: makes the change and returns the answer. Its `running_seconds` is above 0 if `store_final_answer`
            follows. An exception rolls everything back.
        single: the change writes with one statement or pipeline, and needs no transaction if there is no key to store.

    Raises:
        IdempotencyKeyInUse: a call with this key is still running.
        IdempotencyKeyReused: the key was used for another call.
    """
    key = read_idempotency_key(caller)
    if key is None and single:
        async with caller.context.database.autocommit(caller.organization_id) as data:
            return await change(data)
    # Read the body first: a slow client must not hold a database connection.
    fingerprint = await _compute_fingerprint(caller) if key is not None else ""
    async with caller.context.database.organization(caller.organization_id) as data:
        if key is None:
            return await change(data)
        claim = await data.idempotency.claim(key)
        if not claim.is_claimed:
            raise IdempotencyKeyInUse
        if claim.stored is not None:
            # Version 0.1.0 stored the hash of the body as it was sent.
            return _replay(claim.stored, (fingerprint, _hash(caller, await caller.request.body())))
        answer = await change(data)
        await data.idempotency.store(key, _to_stored_answer(answer, fingerprint), answer.running_seconds)
        return answer


async def store_final_answer(caller: Caller, answer: Answer, operation_id: UUID) -> None:
    """Store the final answer of a call that waited for an operation, in place of its first answer."""
    key = read_idempotency_key(caller)
    if key is None:
        return
    fingerprint = await _compute_fingerprint(caller)
    async with caller.context.database.autocommit(caller.organization_id) as data:
        await data.idempotency.finish(key, _to_stored_answer(answer, fingerprint), operation_id)


def read_idempotency_key(caller: Caller) -> str | None:
    """Return the request's key, in the namespace of the API key's mode.

    Raises:
        InvalidIdempotencyKey: it is not 1 to 255 printable ASCII characters, or there are several.
    """
    keys = caller.request.headers.getlist("idempotency-key")
    if not keys:
        return None
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        raise InvalidIdempotencyKey
    return keys[0] if caller.key.mode is Mode.LIVE else TEST_NAMESPACE + keys[0]


async def _compute_fingerprint(caller: Caller) -> str:
    return _hash(caller, canonicalize(await caller.request.body()))


def _hash(caller: Caller, body: bytes) -> str:
    head = f"{caller.request.method} {caller.request.url.path}\n".encode()
    return hashlib.sha256(head + body).hexdigest()


def _to_stored_answer(answer: Answer, fingerprint: str) -> StoredAnswer:
    body = answer.body if answer.stored_body is None else answer.stored_body
    return StoredAnswer(fingerprint, answer.status, answer.headers, body.decode(), answer.running_seconds > 0)


def _replay(stored: StoredAnswer, fingerprints: Collection[str]) -> Answer:
    if stored.fingerprint not in fingerprints:
        raise IdempotencyKeyReused
    if stored.running:
        raise IdempotencyKeyInUse
    return Answer(stored.status, stored.body.encode(), {**stored.headers, REPLAYED: "true"})
