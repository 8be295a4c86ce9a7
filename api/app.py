"""Application factory."""

from functools import cache

import pydantic_core
from fastapi import FastAPI

from api.api_keys.routes import router as api_keys
from api.bridges.routes import router as bridges
from api.bulk_actions.routes import router as bulk_actions
from api.carrier_accounts.routes import router as carrier_accounts
from api.carriers.routes import router as carriers
from api.events.routes import router as events
from api.health.routes import router as health
from api.http import exception_handlers as handlers
from api.http.context import ApiContext
from api.http.middleware import RequestMiddleware
from api.labels.routes import router as labels
from api.openapi.document import describe
from api.operation_types.routes import router as operation_types
from api.operations.bulk_routes import router as bulk_operations
from api.operations.routes import router as operations
from api.orders.routes import router as orders
from api.organization.routes import router as organization
from api.rates.routes import router as rates
from api.reference.routes import reference_routes
from api.shipments.routes import router as shipments
from api.users.routes import router as users
from api.webhook_endpoints.routes import router as webhook_endpoints
from api.webhooks.routes import router as webhooks
from workflows.operation_type import OperationType
from workflows.registry import OperationTypes

ROUTERS = (
    operation_types, bulk_operations, operations, bulk_actions, orders, shipments, labels, rates, carriers,
    carrier_accounts, bridges, events, organization, users, api_keys, webhook_endpoints, webhooks, health,
)  # fmt: skip
"""In matching order: fixed paths come before paths with an id."""


@cache
def _document(types: tuple[OperationType, ...]) -> bytes:
    """Generate the OpenAPI document; cached for all apps of a process, because it takes 0.3 s."""
    return pydantic_core.to_json(describe(ROUTERS, OperationTypes(types)))


def create_app(context: ApiContext) -> FastAPI:
    app = FastAPI(title="Orderly Operations", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.context = context
    app.state.rate_limiter = context.rate_limiter()
    for router in ROUTERS:
        # The routes are added directly, because each included router costs every request one more matching level.
        app.router.routes.extend(router.routes)
    app.router.routes.extend(reference_routes(_document(tuple(context.registry.all()))))
    handlers.install(app)
    app.add_middleware(RequestMiddleware, body_bytes=context.limits.body_bytes)
    return app
