"""The person who is asked: looks at the carrier and the channel before saying anything, and never lies."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from tests.chaos.books import Books
from tests.chaos.effects import LIVE, OUTSIDE
from tests.chaos.told import Json
from tests.chaos.vendors import fulfillment_id, shipment_id, take_fulfillment_back, take_label_back
from tests.chaos.violation import Violation

OUTCOME_UNKNOWN = "outcome_unknown"


@dataclass(frozen=True)
class Operator:
    """Settles what is under attention; `api` and `sandbox` are clients of theirs."""

    api: httpx.AsyncClient
    sandbox: httpx.AsyncClient

    async def answer(self, operation: Json, books: Books, *, by_hand: bool) -> Violation | None:
        """Resolve one operation truthfully; return what is wrong with the service's answer.

        Args:
            operation: one under attention.
            books: as they are now.
            by_hand: take back at the carrier what the service could not, in place of letting it try again.
        """
        body: Json = {"reason": "looked it up"}
        if operation["attention"]["reason"] == OUTCOME_UNKNOWN:
            body |= self._what_happened(operation, books)
        elif by_hand and await self._take_back(operation, books):
            body["outcome"] = "happened"
        else:
            body["outcome"] = "retry"
        answer = await self._resolve(operation, body)
        if answer.status_code == httpx.codes.CONFLICT and answer.json()["error"]["code"] == "contradicted":
            # The vendor shows as live what was taken back: the taking back did not count.
            again = "retry" if "retry" in operation["attention"]["choices"] else "did_not_happen"
            answer = await self._resolve(operation, {**body, "outcome": again})
        if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY and answer.json()["error"]["code"] == "in_use":
            answer = await self._resolve(operation, {**body, "outcome": "retry", "force": True})
        if answer.status_code in (200, 202):
            return None
        return Violation(operation["id"], f"resolve {body} of {operation['attention']}: {answer.text}")

    async def _resolve(self, operation: Json, body: Json) -> httpx.Response:
        """Send the answer; one that is too early waits until the call can't be at work any more."""
        path = f"/api/operations/{operation['id']}/resolve"
        answer = await self.api.post(path, json=body, headers={"Prefer": "wait=20"})
        while answer.status_code == httpx.codes.CONFLICT and answer.json()["error"]["code"] == "too_early":
            until = datetime.fromisoformat(answer.json()["error"]["details"]["not_before"])
            await asyncio.sleep(max((until - datetime.now(UTC)).total_seconds(), 0.1))
            answer = await self.api.post(path, json=body, headers={"Prefer": "wait=20"})
        return answer

    def _what_happened(self, operation: Json, books: Books) -> Json:
        if operation["type"] == "void_shipment":
            stands = any(label["status"] in LIVE for label in books.labels_of(books.label_to_void(operation)))
            return {"outcome": "did_not_happen" if stands else "happened"}
        for record in _outside(operation, operation["attention"]["step"], books):
            if record["status"] in LIVE:
                return {"outcome": "happened", "result": _named(record, operation["plan"], books)}
        return {"outcome": "did_not_happen"}

    async def _take_back(self, operation: Json, books: Books) -> bool:
        """Void labels and cancel fulfillments at their vendors; False if a carrier refuses a void."""
        for record in _outside(operation, operation["attention"]["step"], books):
            if "fulfillment_id" not in record:
                if record["status"] in LIVE and not await take_label_back(self.sandbox, record):
                    return False
                continue
            channel = books.vendors[operation["plan"]["bridge_id"]]
            await take_fulfillment_back(self.sandbox, channel, fulfillment_id(channel, record, books.fulfillments))
        return True


def _named(one: Json, plan: Json, books: Books) -> Json:
    """What a label or a fulfillment is called where the operation's account or bridge leads."""
    if "fulfillment_id" in one:
        return {"fulfillment_id": fulfillment_id(books.vendors[plan["bridge_id"]], one, books.fulfillments)}
    own = shipment_id(books.vendors[plan["carrier_account_id"]], one)
    return {"carrier_shipment_id": own, "tracking_number": one["tracking_number"]}


def _outside(operation: Json, step: str, books: Books) -> list[Json]:
    found = []
    for effect in books.effects.get(operation["id"], []):
        if effect["direction"] == "do" and effect["step"] == step and step in OUTSIDE:
            found += books.labels_of(effect["reference"]) + books.fulfillments_of(effect["reference"])
    return found
