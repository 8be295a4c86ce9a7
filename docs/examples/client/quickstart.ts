// Buy a label with a generated client, save its document, read the list of operations, and undo the purchase.
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import createClient from "openapi-fetch";
import type { paths } from "./orderly.js";

const order_id = process.argv[2]!;
const client = createClient<paths>({
  baseUrl: process.env["API"]!,
  headers: { Authorization: `Bearer ${process.env["KEY"]}` },
});

// Buy a label. The key makes the call safe to repeat; `wait` waits up to 30 s for the end.
const created = await client.POST("/api/operations", {
  params: { header: { "Idempotency-Key": randomUUID(), Prefer: "wait=30" } },
  body: { type: "create_shipment", order_id, input: { carrier: "fedex", service: "GROUND" }, execute: true },
});
if (created.error) throw new Error(`${created.error.error.code}: ${created.error.error.message}`);
const operation = created.data.data;
if (operation.type !== "create_shipment" || !operation.output) {
  throw new Error(`${operation.status}: ${JSON.stringify(operation.error ?? operation.attention)}`);
}
console.log("bought", operation.output.tracking_number); // the type of `output` depends on `type`

// Save the label's document.
const label = await client.GET("/api/shipments/{shipment_id}/label", {
  params: { path: { shipment_id: operation.output.shipment_id } },
  parseAs: "arrayBuffer",
});
if (label.data) writeFileSync("label.pdf", Buffer.from(label.data));

// Read all operations of the order, page by page.
const list = (cursor: string) =>
  client.GET("/api/operations", { params: { query: { order_id: [order_id], cursor, limit: 100 } } });
let count = 0;
for (let cursor: string | null | undefined = "first"; cursor; ) {
  const page = await list(cursor);
  if (!page.data) throw new Error(page.error.error.code);
  count += page.data.data.length;
  cursor = page.data.pagination.nextCursor;
}
console.log("operations of the order:", count);

// Undo the purchase: the service voids the label. 202 means that the carrier needs longer.
const undone = await client.POST("/api/operations/{operation_id}/undo", {
  params: { path: { operation_id: operation.id }, header: { "Idempotency-Key": randomUUID() } },
});
console.log(undone.response.status === 200 ? "undone" : `undo: ${undone.response.status}`);
