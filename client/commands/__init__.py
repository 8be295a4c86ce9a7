"""The commands that call the API; `bootstrap.cli.main` adds them to `orderly`."""

from client.commands.completion import completion
from client.commands.connections import accounts, bridges
from client.commands.events import events
from client.commands.import_orders import import_orders
from client.commands.operations import operations
from client.commands.orders import orders
from client.commands.profiles import profiles
from client.commands.shipments import shipments
from client.commands.webhooks import webhooks

COMMANDS = (operations, orders, import_orders, shipments, accounts, bridges, webhooks, events, profiles, completion)
