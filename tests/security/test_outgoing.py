"""Where the service can be sent: whatever a base URL says and whatever a name leads to, never into its own network."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpcore
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.http.guarded_network import GuardedNetwork, GuardedTransport
from adapters.http.transport import LIMITS, Destination, new_client, send
from api.http.base_url import OutgoingRules
from bootstrap.container import Adapters
from domain.addresses import AddressRule
from domain.errors import NotSent, Rejected
from domain.shipping import Connection, Mode
from domain.vendors.catalogue import CARRIERS
from tests.fixtures.builders import build_connection_settings
from tests.fixtures.engine import running_engine, settings_for
from tests.fixtures.polling import eventually
from tests.fixtures.sandbox_pool import Sandboxes
from tests.fixtures.temporal import TemporalServer

NAME = "carrier.example"
PUBLIC = "93.184.216.34"
LOOPBACK = ("127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1")
INSIDE = (
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.168.1.1", "192.0.0.8",  # noqa: S104
    "198.18.0.1", "203.0.113.7", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "fe80::1", "fe80::1%1", "fec0::1",
    "fd00:ec2::254", "ff02::1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "::7f00:1", "::a00:1",
    "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:a00:1::", "2001:0:a00:1::", "2001:db8::1",
)  # fmt: skip
OUTSIDE = (PUBLIC, "1.1.1.1", "172.32.0.1", "192.169.0.1", "2606:4700:4700::1111", "::ffff:1.1.1.1")


# The rule ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("allow_loopback", [False, True])
def test_only_public_addresses_pass(allow_loopback: bool) -> None:
    """In every notation; this machine's own where the setting says so, and nothing else by it."""
    rule = AddressRule(allow_loopback)

    refused = [address for address in (*LOOPBACK, *INSIDE, *OUTSIDE) if rule.problem(ip_address(address)) is not None]

    assert refused == [*(() if allow_loopback else LOOPBACK), *INSIDE]


@pytest.mark.parametrize("address", [*LOOPBACK, *INSIDE])
def test_no_address_within_is_taken_as_a_base_url(address: str) -> None:
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
def test_no_disguise_is_taken_as_a_base_url(url: str) -> None:
    """Octal, hex, decimal and short forms, user names, fragments, and what two parsers could read differently."""
    assert OutgoingRules().find_problem(url) is not None


# The connection ----------------------------------------------------------------------------------------------------


@dataclass
class Names:
    """A resolver that answers what it is told, the last answer for ever."""

    answers: list[list[str]]
    asked: list[str] = field(default_factory=list)

    async def resolve(self, host: str, _port: int) -> list[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every address that is dialled; nobody answers at any."""
    found: list[str] = []

    async def connect(_: object, host: str, *_args: Any) -> httpcore.AsyncNetworkStream:
        found.append(host)
        raise httpcore.ConnectError("nobody there")

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    return found


async def call(names: Names, url: str = f"https://{NAME}/", *, allow_loopback: bool = False) -> str:
    """Send one request; return why it was not sent."""
    network = GuardedNetwork(AddressRule(allow_loopback), names.resolve)
    async with new_client(Destination(url, network), {}, 2) as client:
        with pytest.raises(NotSent) as failed:
            await send(client, client.build_request("POST", "/x", json={}), 5)
    return failed.value.message


@pytest.mark.parametrize("address", [*LOOPBACK, *INSIDE])
async def test_a_name_that_leads_within_is_not_dialled(dialled: list[str], address: str) -> None:
    """Surely not sent, with a reason that names no address; nor where a public address stands beside it."""
    for answer in ([address], [PUBLIC, address]):
        said = await call(Names([answer]))
        assert "base_url points" in said
        assert address not in said
    assert dialled == []


async def test_the_address_that_was_checked_is_the_one_dialled(dialled: list[str]) -> None:
    """The name is resolved once for a connection, so nobody can answer differently in between."""
    names = Names([[PUBLIC], ["127.0.0.1"]])

    first = await call(names)

    assert "base_url" not in first
    assert (names.asked, dialled) == ([NAME], [PUBLIC])
    assert "base_url" in await call(names)
    assert dialled == [PUBLIC]


async def test_the_next_address_is_tried_where_one_does_not_answer(dialled: list[str]) -> None:
    await call(Names([["2606:4700:4700::1111", PUBLIC]]))

    assert dialled == ["2606:4700:4700::1111", PUBLIC]


async def test_a_name_that_nobody_knows_is_no_connection(dialled: list[str]) -> None:
    class Ignorant(Names):
        async def resolve(self, _host: str, _port: int) -> list[str]:
            raise OSError("no such name")

    for names in (Ignorant([]), Names([[]])):
        assert "ConnectError" in await call(names)
    assert dialled == []


@pytest.mark.parametrize("url", ["https://xn--.example", "https://xn--a.example", "https://1.2.3.256"])
async def test_a_base_url_that_no_client_takes_is_refused_for_good(url: str) -> None:
    """As the vendor's refusal would be: told at once, and not tried for a day."""
    with pytest.raises(Rejected, match="base_url"):
        new_client(Destination(url, GuardedNetwork(AddressRule())), {}, 2)


@dataclass
class Server:
    """An HTTP server that tells what reached it."""

    port: int
    heads: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


async def serving(tls: ssl.SSLContext | None) -> AsyncIterator[Server]:
    found = Server(0)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(found.answer)
        await writer.drain()
        writer.close()

    if tls is not None:
        tls.sni_callback = lambda _socket, name, _context: found.names.append(str(name))
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    found.port = server.sockets[0].getsockname()[1]
    async with server:
        yield found


@pytest.fixture
async def plain_server() -> AsyncIterator[Server]:
    async for server in serving(None):
        yield server


async def test_the_systems_resolver_is_guarded_too(plain_server: Server) -> None:
    """`localhost` is a name: nothing reaches this machine unless the setting allows it."""
    url = f"http://localhost:{plain_server.port}"
    async with new_client(Destination(url, GuardedNetwork(AddressRule())), {}, 2) as client:
        with pytest.raises(NotSent, match="this machine"):
            await send(client, client.build_request("GET", "/"), 5)
    assert plain_server.heads == []

    async with new_client(Destination(url, GuardedNetwork(AddressRule(allow_loopback=True))), {}, 2) as client:
        assert (await send(client, client.build_request("GET", "/"), 5)).status == 200


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(plain_server: Server, status: int) -> None:
    """Not even to where it came from: one request, one answer."""
    url = f"http://127.0.0.1:{plain_server.port}"
    plain_server.answer = f"HTTP/1.1 {status} x\r\nLocation: {url}/y\r\nContent-Length: 0\r\n\r\n".encode()
    for network in (GuardedNetwork(AddressRule(allow_loopback=True)), None):
        async with new_client(Destination(url, network), {}, 2) as client:
            assert (await send(client, client.build_request("POST", "/x"), 5)).status == status
    assert len(plain_server.heads) == 2


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for the carrier's name, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


async def test_tls_and_host_keep_the_name(tmp_path: Path) -> None:
    """The address is dialled, the certificate is checked against the name, and the server hears the name."""
    public, private = certificate(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(public, private)
    trusting = ssl.create_default_context(cafile=str(public))
    network = GuardedNetwork(AddressRule(allow_loopback=True), Names([["127.0.0.1"]]).resolve)
    async for server in serving(tls):
        async with httpx.AsyncClient(transport=GuardedTransport(network, trusting, LIMITS)) as client:
            answer = await client.get(f"https://{NAME}:{server.port}/x")
            assert answer.status_code == 200
            with pytest.raises(httpx.ConnectError, match=r"(?i)certificate"):
                await client.get(f"https://other.example:{server.port}/x")
        assert server.names == [NAME, "other.example"]
        assert len(server.heads) == 1
        assert f"Host: {NAME}:{server.port}\r\n" in server.heads[0]


# Who is guarded ----------------------------------------------------------------------------------------------------


class Idle:
    """An adapter that only tells where it would go."""

    def __init__(self, _: Connection, destination: Destination) -> None:
        self.destination = destination
        self.aclose = lambda: None


def test_what_a_person_set_is_guarded_and_what_the_operator_set_is_not() -> None:
    """The sandbox of an installation may well have a private address; an account's base URL never."""
    network = GuardedNetwork(AddressRule())
    adapters = Adapters(Idle, "http://sandbox.internal:8090", network, CARRIERS)

    def find_destination(*, mode: Mode = Mode.TEST, **settings: Any) -> Destination:
        one = Connection(uuid4(), "fedex", mode, True, datetime.now(UTC), build_connection_settings(**settings), {})
        return adapters.open(one).destination

    assert find_destination(base_url="https://carrier.example") == Destination("https://carrier.example", network)
    assert find_destination() == Destination("http://sandbox.internal:8090/sim/fedex", None)
    assert find_destination(mode=Mode.LIVE) == Destination("https://apis.fedex.com", network)
    assert find_destination(mode=Mode.LIVE, base_url="https://test.example") == Destination(
        "https://test.example", network
    )


async def test_an_operation_that_would_call_this_machine_calls_nobody(
    module_database_url: str, temporal_server: TemporalServer, sandboxes: Sandboxes
) -> None:
    """A base URL that went past the API: the whole engine, where loopback is not allowed, sends nothing."""
    await temporal_server.ready()
    settings = settings_for(module_database_url, temporal_server.address, allow_loopback=False)
    async with sandboxes.one() as sandbox, running_engine(settings, temporal_server.new_namespace()) as rig:
        shop = await rig.shop(sandbox)
        operation = await rig.new(shop, "fulfill_order")
        await rig.begin(shop, operation)

        async def told() -> bool:
            logs = (await rig.record(shop, operation)).logs
            return any(entry.event == "step.not_sent" for entry in logs)

        await eventually(told, 30.0, "it says that nothing could be sent")
        assert await sandbox.requests("labels.create") == []
