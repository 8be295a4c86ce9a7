"""Receive an event at a webhook endpoint, and verify its signature with `standardwebhooks` and `svix`."""

import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from threading import Thread

from orderly_operations_client import AuthenticatedClient
from orderly_operations_client.api.orders import upsert_order
from orderly_operations_client.api.webhook_endpoints import create_webhook_endpoint
from orderly_operations_client.models import (
    EnvelopeOrderRead,
    EnvelopeWebhookEndpointCreated,
    OrderCreate,
    WebhookEndpointCreate,
)
from standardwebhooks import Webhook, WebhookVerificationError
from svix.webhooks import Webhook as SvixWebhook
from svix.webhooks import WebhookVerificationError as SvixError

SECONDS = 30
client = AuthenticatedClient(base_url=os.environ["API"], token=os.environ["KEY"])
received: Queue[tuple[dict[str, str], bytes]] = Queue()


class Receiver(BaseHTTPRequestHandler):
    """Accepts each event."""

    def do_POST(self) -> None:
        """Keep the headers and the body."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        received.put(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(204)
        self.end_headers()


def check_refused(headers: dict[str, str], body: bytes, secret: str) -> None:
    """Check that neither library accepts the event."""
    try:
        Webhook(secret).verify(body.decode(), headers)
    except WebhookVerificationError:
        pass
    else:
        raise AssertionError("standardwebhooks accepts the event")
    try:
        SvixWebhook(secret).verify(body, headers)
    except SvixError:
        return
    raise AssertionError("svix accepts the event")


server = HTTPServer(("127.0.0.1", 0), Receiver)
Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/events"

created = create_webhook_endpoint.sync(
    client=client, body=WebhookEndpointCreate(url=url, event_types=["order.created"])
)
assert isinstance(created, EnvelopeWebhookEndpointCreated)
secret = created.data.secret
assert isinstance(secret, str)
order = upsert_order.sync(client=client, body=OrderCreate(external_id="webhook-python"))
assert isinstance(order, EnvelopeOrderRead)

headers, body = received.get(timeout=SECONDS)
Webhook(secret).verify(body.decode(), headers)
SvixWebhook(secret).verify(body, headers)
event = json.loads(body)
assert event["type"] == "order.created"
assert event["subject"] == {"type": "order", "id": str(order.data.id)}
assert event["id"] == headers["webhook-id"]
check_refused(headers, body + b" ", secret)
check_refused(headers, body, "whsec_" + "A" * 32)
