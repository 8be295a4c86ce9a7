"""The operator, who looks at carriers and channels before resolving operations, and answers correctly."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from tests.chaos.client_log import Json
from tests.chaos.effects import LIVE, OUTSIDE
from tests.chaos.records import Records
from tests.chaos.vendors import cancel_fulfillment, fulfillment_id, shipment_id, void_label
from tests.chaos.violation import Violation

OUTCOME_UNKNOWN = "outcome_unknown"


@dataclass(frozen=True)
class Operator:
    """Resolves operations that need attention, with clients of the API and the sandbox."""

    api: httpx.AsyncClient
    sandbox: httpx.AsyncClient

    async def answer(self, operation: Json, records: Records, *, by_hand: bool) -> Violation | None:
        """Resolve one operation with the actual outcome; return a violation if the API rejects the answer.

        Args:
            operation: an operation that needs attention.
            records: the current records.
            by_hand: compensate at the vendor, instead of asking the service to retry.
        """
        body: Json = {"reason": "looked it up"}
        if operation["attention"]["reason"] == OUTCOME_UNKNOWN:
            body |= self._find_outcome(operation, records)
        elif by_hand and await self._compensate(operation, records):
            body["outcome"] = "happened"
        else:
            body["outcome"] = "retry"
        answer = await self._resolve(operation, body)
        if answer.status_code == httpx.codes.CONFLICT and answer.json()["error"]["code"] == "contradicted":
            # The vendor still shows the compensated label or fulfillment as live.
            again = "retry" if "retry" in operation["attention"]["choices"] else "did_not_happen"
            answer = await self._resolve(operation, {**body, "outcome": again})
        if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY and answer.json()["error"]["code"] == "in_use":
            answer = await self._resolve(operation, {**body, "outcome": "retry", "force": True})
        if answer.status_code in (200, 202):
            return None
        return Violation(operation["id"], f"resolve {body} of {operation['attention']}: {answer.text}")

    async def _resolve(self, operation: Json, body: Json) -> httpx.Response:
        """Send the answer; if it is too early, repeat it when the API accepts it."""
        path = f"/api/operations/{operation['id']}/resolve"
        answer = await self.api.post(path, json=body, headers={"Prefer": "wait=20"})
        while answer.status_code == httpx.codes.CONFLICT and answer.json()["error"]["code"] == "too_early":
            until = datetime.fromisoformat(answer.json()["error"]["details"]["not_before"])
            await asyncio.sleep(max((until - datetime.now(UTC)).total_seconds(), 0.1))
            answer = await self.api.post(path, json=body, headers={"Prefer": "wait=20"})
        return answer

    def _find_outcome(self, operation: Json, records: Records) -> Json:
        if operation["type"] == "void_shipment":
            stands = any(label["status"] in LIVE for label in records.labels_of(records.label_to_void(operation)))
            return {"outcome": "did_not_happen" if stands else "happened"}
        for record in _find_at_vendors(operation, operation["attention"]["step"], records):
            if record["status"] in LIVE:
                return {"outcome": "happened", "result": _vendor_ids(record, operation["plan"], records)}
        return {"outcome": "did_not_happen"}

    async def _compensate(self, operation: Json, records: Records) -> bool:
        """Void labels and cancel fulfillments at their vendors; return False if a carrier rejects a void."""
        for record in _find_at_vendors(operation, operation["attention"]["step"], records):
            if "fulfillment_id" not in record:
                if record["status"] in LIVE and not await void_label(self.sandbox, record):
                    return False
                continue
            channel = records.vendors[operation["plan"]["bridge_id"]]
            ident = fulfillment_id(channel, record, records.fulfillments)
            await cancel_fulfillment(self.sandbox, channel, ident, record)
        return True


def _vendor_ids(record: Json, plan: Json, records: Records) -> Json:
    """Return the ids of a label or fulfillment at the account's or bridge's vendor."""
    if "fulfillment_id" in record:
        return {"fulfillment_id": fulfillment_id(records.vendors[plan["bridge_id"]], record, records.fulfillments)}
    own = shipment_id(records.vendors[plan["carrier_account_id"]], record)
    return {"carrier_shipment_id": own, "tracking_number": record["tracking_number"]}


def _find_at_vendors(operation: Json, step: str, records: Records) -> list[Json]:
    found = []
    for effect in records.effects.get(operation["id"], []):
        if effect["direction"] == "do" and effect["step"] == step and step in OUTSIDE:
            found += records.labels_of(effect["reference"]) + records.fulfillments_of(effect["reference"])
    return found
