"""Descriptions of the document's tags."""

TAGS = {
    "operations": "Actions on orders and shipments: create, execute, cancel, undo, retry and resolve them.",
    "bulk actions": "One call for many operations, in the background.",
    "orders": "Orders of your shops, with their delivery address and line items.",
    "shipments": "Labels that operations bought, with their documents and tracking.",
    "rates": "Prices of a carrier's services.",
    "carriers": "What the service supports of each carrier: services, formats, options and limits.",
    "carrier accounts": "Accounts at carriers, with credentials and defaults.",
    "bridges": "Connections to sales channels, to which fulfillments are pushed.",
    "events": "Everything that changed, in order: to follow, and to find who changed what.",
    "organization": "The organization of the API key, and its settings.",
    "users": "People in the organization, with their roles.",
    "API keys": "Keys of programs, with their scopes.",
    "webhook endpoints": "Your URLs that receive events, with their secrets, deliveries and replays.",
    "webhooks": "Calls that carriers make.",
    "health": "Liveness and readiness, for load balancers.",
}
"""By name, in the order of the reference."""
