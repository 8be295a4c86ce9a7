"""The purchase, as an opponent's own processes make it: one shared httpx client, as httpx's documentation advises."""

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
        return bought(answer)


def bought(answer: httpx.Response) -> dict[str, Any]:
    """Return what is kept of the carrier's answer."""
    answer.raise_for_status()
    shipment: dict[str, Any] = answer.json()["output"]["transactionShipments"][0]
    for piece in shipment["pieceResponses"]:
        del piece["packageDocuments"]
    return shipment
