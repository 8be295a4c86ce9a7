"""The activities of the step: book a pickup, find it after a lost answer, cancel it.

The courier stores the reference with each pickup and lists it at once, so a search without a result proves that no
pickup was booked.
"""

import json
import os
from typing import Any
from uuid import UUID

from temporalio import activity

from activities.effects import EffectHandler, Effects, build_key, to_found
from activities.errors import activity_boundary
from activities.pausing import require_active
from activities.payloads import CompensateInput, CompensateOutput, RecoverOutput, StepInput, StepOutput
from activities.ports import ActivityPorts
from adapters.http.transport import Destination, new_client, send
from book_pickup.steps import Pickup
from domain.effects import Effect, UndoOutcome
from domain.errors import AccountPaused, Ambiguous, Rejected
from domain.json_values import Json
from domain.shipping import CarrierCapabilities, Connection, RawAnswer, SafetyClass

CALL_SECONDS = 5.0
CAPABILITIES = CarrierCapabilities(SafetyClass.LOOKUP_STRONG, settle_seconds=CALL_SECONDS, look_for_seconds=0)
URL_SETTING = "PICKUP_URL"


class PickupActivities:
    """Activities that talk to the courier."""

    def __init__(self, ports: ActivityPorts) -> None:
        self._effects = Effects(ports.ledger)
        self._ledger = ports.ledger
        self._reads = ports.reads

    @activity.defn
    @activity_boundary()
    async def book_pickup(self, step: StepInput) -> StepOutput:
        """Book a pickup; never sends the booking twice."""
        account = await self._reads.account(step.organization_id, UUID(step.arguments["pickup_account_id"]))
        try:
            require_active(account, step)
        except (Rejected, AccountPaused) as error:
            return await self._effects.refuse(build_key(step), error)

        async def book(effect: Effect) -> RawAnswer:
            return await _call("POST", "/pickups", reference=effect.reference, day=step.arguments["day"])

        return await self._effects.send_once(build_key(step, account), book, self._handler(step))

    @activity.defn
    @activity_boundary(retry_ambiguous=True)
    async def find_pickup(self, step: StepInput) -> RecoverOutput:
        """Search for the pickup by its reference."""
        doubtful = await self._effects.find_doubtful(step)
        if doubtful is None:
            return RecoverOutput(state="absent")
        handler = self._handler(step)

        async def look(effect: Effect) -> RecoverOutput | None:
            found = _read(await _call("GET", f"/pickups?reference={effect.reference}"))["pickups"]
            return to_found(await handler.record(effect, found[0])) if found else None

        return await self._effects.recover(step, doubtful, CAPABILITIES, look, handler)

    @activity.defn
    @activity_boundary(retry_ambiguous=True)
    async def cancel_pickup(self, call: CompensateInput) -> CompensateOutput:
        """Cancel a pickup that an earlier step booked."""

        async def reach(target: Effect) -> Connection:
            return await self._reads.account(call.organization_id, target.read(Pickup).pickup_account_id)

        async def cancel(target: Effect, _: Connection) -> tuple[UndoOutcome, str]:
            pickup_id = target.read(Pickup).pickup_id
            _read(await _call("DELETE", f"/pickups/{pickup_id}"))
            return UndoOutcome.CANCELLED, f"pickup {pickup_id} is cancelled"

        return await self._effects.compensate(call, reach, cancel)

    def _handler(self, step: StepInput) -> EffectHandler[Json]:
        async def record(effect: Effect, pickup: Json) -> StepOutput:
            booking = {name: pickup[name] for name in ("pickup_id", "driver", "cancel_until")}
            result = {"pickup_account_id": step.arguments["pickup_account_id"], "day": step.arguments["day"], **booking}
            message = f"pickup {pickup['pickup_id']} is booked"
            has_ended = await self._ledger.record_done(effect, result, message, ending=step.ending)
            return StepOutput(result=result, has_ended=has_ended)

        return EffectHandler(lambda _, answer: _read(answer), record)


async def _call(method: str, path: str, **body: Any) -> RawAnswer:
    async with new_client(Destination(os.environ[URL_SETTING]), {}, CALL_SECONDS) as client:
        return await send(client, client.build_request(method, path, json=body or None), CALL_SECONDS)


def _read(answer: RawAnswer) -> Json:
    if answer.status in range(400, 500):
        raise Rejected(f"the courier refused it with status {answer.status}")
    try:
        found: Json = json.loads(answer.body) if answer.status in range(200, 300) else {}
    except ValueError:
        found = {}
    if not found:
        raise Ambiguous("the courier's answer can't be read")
    return found
