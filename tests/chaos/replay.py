"""Repeats requests with an Idempotency-Key after the round; each must get the stored response."""

import asyncio
import random
from collections.abc import Sequence

import httpx

from tests.chaos.client_log import Call, ClientLog
from tests.chaos.violation import Violation

REPLAYED = 40
REMEMBERED = ("create", "execute", "cancel")
RUNNING_SECONDS = 15
"""A killed call that was waiting holds its key for the rest of its wait, plus 5 s."""


async def replay(http: httpx.AsyncClient, client_log: ClientLog, rng: random.Random) -> list[Violation]:
    """Repeat some accepted requests that had a key; return the answers that differ from the stored response."""
    keyed: dict[str, Call] = {}
    for call in client_log.calls:
        if call.key and call.verb in REMEMBERED and call.accepted:
            keyed.setdefault(call.key, call)
    chosen = rng.sample(sorted(keyed.values(), key=lambda call: str(call.key)), min(len(keyed), REPLAYED))
    found: Sequence[Violation | None] = await asyncio.gather(*(_repeat(http, client_log, call) for call in chosen))
    return [violation for violation in found if violation is not None]


async def _repeat(http: httpx.AsyncClient, client_log: ClientLog, call: Call) -> Violation | None:
    path = "/api/operations" if call.verb == "create" else f"/api/operations/{call.operation_id}/{call.verb}"
    body = client_log.bodies[call.scenario] if call.verb == "create" else None
    for _ in range(RUNNING_SECONDS):
        answer = await http.post(path, json=body, headers={"Idempotency-Key": str(call.key)})
        if answer.status_code != httpx.codes.CONFLICT:
            break
        await asyncio.sleep(1)
    replayed = answer.headers.get("Idempotent-Replayed") == "true"
    if answer.is_success and replayed and answer.json()["data"]["id"] == call.operation_id:
        return None
    return Violation(
        call.operation_id, f"the client got {call}, and now {answer.status_code} replayed={replayed}: {answer.text}"
    )
