"""Buy a label through the Orderly API, save its document, and undo the purchase."""

import os
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import httpx

Json = dict[str, Any]


class Refused(Exception):
    """The API refused a call; `code` is stable, the message is for people."""

    def __init__(self, error: Json) -> None:
        super().__init__(f"{error['code']}: {error['message']} {error['details']}")
        self.code = error["code"]


class Client:
    """Calls that are safe to repeat, because each one has its own Idempotency-Key."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60)

    def send(self, method: str, path: str, body: Json | None = None, *, wait: int = 0) -> httpx.Response:
        """Send one call, up to five times if no answer comes or the API asks for a pause."""
        headers = {"Idempotency-Key": str(uuid.uuid4())} | ({"Prefer": f"wait={wait}"} if wait else {})
        for pause in (1, 2, 4, 8, 16):
            seconds = pause
            try:
                response = self._http.request(method, path, json=body, headers=headers)
            except httpx.TransportError:
                pass  # The call may have arrived: the same key makes the repeat harmless.
            else:
                if response.is_success:
                    return response
                if "Retry-After" not in response.headers:
                    raise Refused(response.json()["error"])
                seconds = int(response.headers["Retry-After"])
            time.sleep(seconds)
        raise TimeoutError(f"{method} {path}: no answer after five calls")

    def call(self, method: str, path: str, body: Json | None = None, *, wait: int = 0) -> Json:
        """Send one call and return the `data` of its answer."""
        data: Json = self.send(method, path, body, wait=wait).json()["data"]
        return data

    def execute(self, operation_id: str) -> Json:
        """Execute an operation; return it when it has ended or needs a person."""
        operation = self.call("POST", f"/api/operations/{operation_id}/execute", wait=30)
        while operation["status"] == "executing" and operation["attention"] is None:
            time.sleep(5)
            operation = self.call("GET", f"/api/operations/{operation_id}")
        return operation

    def undo(self, operation_id: str) -> Json:
        """Undo an operation; return it when the undo has ended."""
        operation = self.call("POST", f"/api/operations/{operation_id}/undo")
        while operation["undo"]["status"] == "in_progress":
            time.sleep(5)
            operation = self.call("GET", f"/api/operations/{operation_id}")
        return operation

    def download_label(self, shipment_id: str) -> bytes | None:
        """Return the document of a shipment's label; None if the carrier sent it only in an answer that was lost."""
        try:
            return self.send("GET", f"/api/shipments/{shipment_id}/label").content
        except Refused as refused:
            if refused.code != "label_not_found":
                raise
            return None


def main() -> None:
    """Buy a label for the order of the first argument and undo it."""
    orderly = Client(os.environ["API"], os.environ["KEY"])
    body = {"type": "create_shipment", "order_id": sys.argv[1], "input": {"carrier": "fedex", "service": "GROUND"}}
    operation = orderly.execute(orderly.call("POST", "/api/operations", body)["id"])
    if operation["status"] != "completed":
        sys.exit(f"{operation['status']}: {operation['error'] or operation['attention']}")
    output = operation["output"]
    price = f"{output['cost']} {output['currency']}" if output["cost"] else "a price that the carrier did not report"
    print(f"bought {output['tracking_number']} for {price}")
    if document := orderly.download_label(output["shipment_id"]):
        Path("label.pdf").write_bytes(document)
        print("saved label.pdf")
    else:
        print("no document: print the label at the carrier, or undo the purchase and buy another one")
    undone = orderly.undo(operation["id"])
    if undone["undo"]["status"] != "done":
        sys.exit(f"not undone: {undone['attention'] or undone['undo']['reason']}")
    print(f"{undone['status']}: {undone['undo']['steps'][-1]['outcome']}")


if __name__ == "__main__":
    main()
