"""Base URLs never lead into private networks: the address rule, the check of URLs, and the adapters that use them."""

from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any
from uuid import uuid4

import pytest

from adapters.http.guarded_network import GuardedNetwork
from adapters.http.transport import Destination
from api.http.base_url import OutgoingRules
from bootstrap.container import Adapters
from domain.addresses import AddressRule
from domain.shipping import Connection, Mode
from domain.vendors.catalogue import CARRIERS
from tests.fixtures.builders import build_connection_settings
from tests.fixtures.engine import running_engine, settings_for
from tests.fixtures.polling import eventually
from tests.fixtures.sandbox_pool import Sandboxes
from tests.fixtures.temporal import TemporalServer

PUBLIC = "93.184.216.34"

LOOPBACK = ("127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1")

INSIDE = (
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.168.1.1", "192.0.0.8",  # noqa: S104
    "198.18.0.1", "203.0.113.7", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "fe80::1", "fe80::1%1", "fec0::1",
    "fd00:ec2::254", "ff02::1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "::7f00:1", "::a00:1",
    "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:a00:1::", "2001:0:a00:1::", "2001:db8::1",
)  # fmt: skip

OUTSIDE = (PUBLIC, "1.1.1.1", "172.32.0.1", "192.169.0.1", "2606:4700:4700::1111", "::ffff:1.1.1.1")


@pytest.mark.parametrize("allow_loopback", [False, True])
def test_only_public_addresses_pass(allow_loopback: bool) -> None:
    """Private addresses are rejected in every notation; the setting allows only loopback addresses."""
    rule = AddressRule(allow_loopback)

    rejected = [address for address in (*LOOPBACK, *INSIDE, *OUTSIDE) if rule.problem(ip_address(address)) is not None]

    assert rejected == [*(() if allow_loopback else LOOPBACK), *INSIDE]


@pytest.mark.parametrize("address", [*LOOPBACK, *INSIDE])
def test_private_addresses_are_rejected_as_base_urls(address: str) -> None:
    host = f"[{address}]" if ":" in address else address

    assert OutgoingRules().find_problem(f"https://{host}") is not None
    assert OutgoingRules().find_problem(f"https://{host}:8443/path") is not None


@pytest.mark.parametrize(
    "url",
    ["https://0177.0.0.1", "https://0x7f000001", "https://2130706433", "https://127.1", "https://0x7f.1",
     "https://017700000001", "https://127.0.0.1.", "https://localhost.", "https://LOCALHOST", "https://0",
     "https://a@127.0.0.1", "https://a:b@carrier.example", "https://carrier.example\\@127.0.0.1",
     "https://127.0.0.1#@carrier.example", "https://127.0.0.1\\.carrier.example@10.0.0.1",
     "https://carrier.example\t.internal", "https://%31%30.0.0.1%00", "https://[::ffff:7f00:1]",
     "https://[0:0:0:0:0:ffff:127.0.0.1]", "HTTPS://10.0.0.1", "http://carrier.example", "https://metadata.Internal",
     "https://1.2.3.256", "https://1.2.3.4.5", "https://a..example", "https://-a.example", "https://.a.example",
     f"https://{'a' * 64}.example", "https://carrier.example/%0d%0a\x7f", "https://caf\xe9.example"],
)  # fmt: skip
def test_disguised_private_addresses_are_rejected_as_base_urls(url: str) -> None:
    """Octal, hex, decimal and short forms, user names, fragments, and URLs that two parsers could read differently."""
    assert OutgoingRules().find_problem(url) is not None


class Idle:
    """An adapter that only stores its destination."""

    def __init__(self, _: Connection, destination: Destination) -> None:
        self.destination = destination
        self.aclose = lambda: None


def test_base_urls_of_accounts_are_guarded() -> None:
    """The sandbox's address may be private, because the operator configures it; an account's base URL may not."""
    network = GuardedNetwork(AddressRule())
    adapters = Adapters(Idle, "http://sandbox.internal:8090", network, CARRIERS)

    def find_destination(*, mode: Mode = Mode.TEST, **settings: Any) -> Destination:
        connection = Connection(
            uuid4(), "fedex", mode, True, datetime.now(UTC), build_connection_settings(**settings), {}
        )
        return adapters.open(connection).destination

    assert find_destination(base_url="https://carrier.example") == Destination("https://carrier.example", network)
    assert find_destination() == Destination("http://sandbox.internal:8090/sim/fedex", None)
    assert find_destination(mode=Mode.LIVE) == Destination("https://apis.fedex.com", network)
    assert find_destination(mode=Mode.LIVE, base_url="https://test.example") == Destination(
        "https://test.example", network
    )


async def test_an_operation_calls_no_loopback_address(
    module_database_url: str, temporal_server: TemporalServer, sandboxes: Sandboxes
) -> None:
    """A loopback base URL that passed the API: the engine sends nothing."""
    await temporal_server.ready()
    settings = settings_for(module_database_url, temporal_server.address, allow_loopback=False)
    async with sandboxes.one() as sandbox, running_engine(settings, temporal_server.new_namespace()) as rig:
        shop = await rig.shop(sandbox)
        operation = await rig.new(shop, "fulfill_order")
        await rig.begin(shop, operation)

        async def has_logged() -> bool:
            logs = (await rig.record(shop, operation)).logs
            return any(entry.event == "step.not_sent" for entry in logs)

        await eventually(has_logged, 60.0, "it says that nothing could be sent")
        assert await sandbox.requests("labels.create") == []
