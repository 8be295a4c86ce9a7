"""The operation as a virtual object: `hypercorn benchmarks.opponents.restate_server.service:app`.

Restate stores the state, and writes it to its log before it answers. Clients call Restate's ingress.
"""

import os
from typing import Any

import restate

from benchmarks.opponents.carrier import Carrier

operation = restate.VirtualObject("Operation")
carrier = Carrier(os.environ.get("SANDBOX_URL", "http://127.0.0.1:8090"))


@operation.handler("create")
async def create(ctx: restate.ObjectContext, operation_input: dict[str, Any]) -> dict[str, Any]:
    """Record an operation."""
    ctx.set("input", operation_input)
    ctx.set("status", "pending")
    return {"id": ctx.key(), "status": "pending"}


@operation.handler("execute")
async def execute(ctx: restate.ObjectContext, _: dict[str, Any]) -> dict[str, Any]:
    """Buy the label and record it."""
    if await ctx.get("status", type_hint=str) != "pending":
        raise restate.TerminalError("not pending", status_code=409)

    async def buy_label() -> dict[str, Any]:
        return await carrier.buy(ctx.key())

    label = await ctx.run_typed("buy_label", buy_label)
    ctx.set("output", label)
    ctx.set("status", "completed")
    return {"id": ctx.key(), "status": "completed", "output": label}


app = restate.app(services=[operation])
