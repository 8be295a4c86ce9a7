"""Keyed requests sent once more when all is over: each must be answered by what was remembered."""

import asyncio
import random
from collections.abc import Sequence

import httpx

from tests.chaos.told import Call, Told
from tests.chaos.violation import Violation

REPLAYED = 40
REMEMBERED = ("create", "execute", "cancel")
RUNNING_SECONDS = 15
"""A call that waited when its process was killed holds its key for as long as it would have waited, and 5 s more."""


async def replay(http: httpx.AsyncClient, told: Told, rng: random.Random) -> list[Violation]:
    """Repeat some of the accepted requests that had a key; return the answers that are not what was told."""
    keyed: dict[str, Call] = {}
    for call in told.calls:
        if call.key and call.verb in REMEMBERED and call.accepted:
            keyed.setdefault(call.key, call)
    chosen = rng.sample(sorted(keyed.values(), key=lambda history: str(history.key)), min(len(keyed), REPLAYED))
    found: Sequence[Violation | None] = await asyncio.gather(*(_again(http, told, call) for call in chosen))
    return [history for history in found if history is not None]


async def _again(http: httpx.AsyncClient, told: Told, call: Call) -> Violation | None:
    path = "/api/operations" if call.verb == "create" else f"/api/operations/{call.operation_id}/{call.verb}"
    body = told.bodies[call.story] if call.verb == "create" else None
    for _ in range(RUNNING_SECONDS):
        answer = await http.post(path, json=body, headers={"Idempotency-Key": str(call.key)})
        if answer.status_code != httpx.codes.CONFLICT:
            break
        await asyncio.sleep(1)
    replayed = answer.headers.get("Idempotent-Replayed") == "true"
    if answer.is_success and replayed and answer.json()["data"]["id"] == call.operation_id:
        return None
    return Violation(call.operation_id, f"told {call}, and now {answer.status_code} replayed={replayed}: {answer.text}")
