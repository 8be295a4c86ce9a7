"""The purchase in an opponent's own process: one shared httpx client, as httpx's documentation recommends."""

from typing import Any

import httpx

from benchmarks.label_request import PATH, TOKEN, label_request


class Carrier:
    """The sandbox's FedEx."""

    def __init__(self, sandbox_url: str) -> None:
        limits = httpx.Limits(max_connections=256, max_keepalive_connections=256)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        self._client = httpx.AsyncClient(base_url=sandbox_url, headers=headers, limits=limits, timeout=60)

    async def buy(self, reference: str) -> dict[str, Any]:
        """Buy one label."""
        answer = await self._client.post(PATH, json=label_request(reference))
        return read_label(answer)


def read_label(answer: httpx.Response) -> dict[str, Any]:
    """Return the part of the carrier's answer that is stored."""
    answer.raise_for_status()
    shipment: dict[str, Any] = answer.json()["output"]["transactionShipments"][0]
    for piece in shipment["pieceResponses"]:
        del piece["packageDocuments"]
    return shipment
