// Create, execute, undo, batch, pages, label and errors, with openapi-fetch and the types of openapi-typescript.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import createClient from "openapi-fetch";
import type { components, paths } from "./orderly.js";

const order_id = process.env["ORDER"]!;
const client = createClient<paths>({
  baseUrl: process.env["API"]!,
  headers: { Authorization: `Bearer ${process.env["KEY"]}` },
});

async function checkExecuteAndUndo(): Promise<void> {
  const body: components["schemas"]["CreateShipmentCreate"] = {
    type: "create_shipment",
    order_id,
    input: { carrier: "fedex", service: "GROUND", parcels: [{ weight: 2, weight_unit: "lb" }] },
  };
  const params = { header: { "Idempotency-Key": randomUUID() } };
  const first = await client.POST("/api/operations", { params, body });
  const again = await client.POST("/api/operations", { params, body });
  assert(first.data && again.data);
  assert.equal(first.data.data.id, again.data.data.id);
  assert.equal(again.response.headers.get("Idempotent-Replayed"), "true");

  const path = { operation_id: first.data.data.id };
  const executed = await client.POST("/api/operations/{operation_id}/execute", {
    params: { path, header: { Prefer: "wait=30" } },
  });
  assert(executed.data);
  const operation = executed.data.data;
  assert(operation.type === "create_shipment" && operation.output);
  assert.equal(operation.output.carrier, "fedex");
  assert.equal(operation.input.service, "GROUND");

  const label = await client.GET("/api/shipments/{shipment_id}/label", {
    params: { path: { shipment_id: operation.output.shipment_id } },
    parseAs: "arrayBuffer",
  });
  assert(label.data);
  assert.equal(Buffer.from(label.data).subarray(0, 5).toString(), "%PDF-");

  const undone = await client.POST("/api/operations/{operation_id}/undo", {
    params: { path, header: { Prefer: "wait=30" } },
  });
  assert.equal(undone.data?.data.status, "undone");
}

async function checkBatchAndPages(): Promise<void> {
  const one: components["schemas"]["OperationCreate"] = {
    type: "update_order_status",
    order_id,
    input: { status: "on_hold" },
  };
  const created = await client.POST("/api/operations/batch", { body: { operations: [one, one, one, one, one] } });
  assert(created.data);

  const list = (cursor: string) =>
    client.GET("/api/operations", { params: { query: { cursor, limit: 2, type: ["update_order_status"] } } });
  const found: string[] = [];
  for (let cursor: string | null | undefined = "first"; cursor; ) {
    const page = await list(cursor);
    assert(page.data);
    found.push(...page.data.data.map((operation) => operation.id));
    cursor = page.data.pagination.nextCursor;
  }
  assert.deepEqual(found.reverse(), created.data.data.map((operation) => operation.id));
}

async function checkErrors(): Promise<void> {
  const path = { operation_id: randomUUID() };
  const missing = await client.GET("/api/operations/{operation_id}", { params: { path } });
  const code: "operation_not_found" | undefined =
    missing.error?.error.code === "operation_not_found" ? missing.error.error.code : undefined;
  assert.equal(code, "operation_not_found");
}

await checkExecuteAndUndo();
await checkBatchAndPages();
await checkErrors();
