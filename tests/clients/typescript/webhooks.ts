// Receive an event at a webhook endpoint, and verify its signature with `standardwebhooks` and `svix`.
import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import createClient from "openapi-fetch";
import { Webhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import type { components, paths } from "./orderly.js";

type Received = { headers: Record<string, string>; body: string };

const client = createClient<paths>({
  baseUrl: process.env["API"]!,
  headers: { Authorization: `Bearer ${process.env["KEY"]}` },
});

const strings = (headers: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

let accept: (received: Received) => void;
const first = new Promise<Received>((resolve) => (accept = resolve));
const server = createServer(async (request, response) => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  response.writeHead(204).end();
  accept({ headers: strings(request.headers), body: Buffer.concat(parts).toString() });
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address() as AddressInfo;

const created = await client.POST("/api/webhook-endpoints", {
  body: { url: `http://127.0.0.1:${port}/events`, event_types: ["order.created"] },
});
const secret = created.data?.data.secret;
assert(secret, JSON.stringify(created.error));
const order = await client.POST("/api/orders", { body: { external_id: "webhook-typescript" } });
assert(order.data);

const { headers, body } = await first;
const event = new Webhook(secret).verify(body, headers) as components["schemas"]["EventRead"];
new SvixWebhook(secret).verify(body, headers);
assert.equal(event.type, "order.created");
assert.equal(event.subject.id, order.data.data.id);
assert.equal(event.id, headers["webhook-id"]);
for (const [wrong, key] of [
  [body + " ", secret],
  [body, "whsec_" + "A".repeat(32)],
] as const) {
  assert.throws(() => new Webhook(key).verify(wrong, headers));
  assert.throws(() => new SvixWebhook(key).verify(wrong, headers));
}
server.closeAllConnections();
server.close();
