"""The guarded network resolves a name once, checks the address, and follows no redirect."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpcore
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.http.guarded_network import GuardedNetwork, GuardedTransport
from adapters.http.transport import LIMITS, Destination, new_client, send
from domain.addresses import AddressRule
from domain.errors import NotSent, Rejected
from tests.security.test_outgoing_rules import INSIDE, LOOPBACK, PUBLIC

NAME = "carrier.example"


@dataclass
class Names:
    """A resolver with scripted answers; it repeats the last one."""

    answers: list[list[str]]
    requested: list[str] = field(default_factory=list)

    async def resolve(self, host: str, _port: int) -> list[str]:
        self.requested.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that the client connects to; every connection fails."""
    found: list[str] = []

    async def connect(_: object, host: str, *_args: Any) -> httpcore.AsyncNetworkStream:
        found.append(host)
        raise httpcore.ConnectError("nobody there")

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    return found


async def call(names: Names, url: str = f"https://{NAME}/", *, allow_loopback: bool = False) -> str:
    """Send one request; return the error's message."""
    network = GuardedNetwork(AddressRule(allow_loopback), names.resolve)
    async with new_client(Destination(url, network), {}, 2) as client:
        with pytest.raises(NotSent) as failed:
            await send(client, client.build_request("POST", "/x", json={}), 5)
    return failed.value.message


@pytest.mark.parametrize("address", [*LOOPBACK, *INSIDE])
async def test_a_name_with_a_private_address_is_rejected(connected: list[str], address: str) -> None:
    """The error names no address, and one private address among public ones is enough."""
    for answer in ([address], [PUBLIC, address]):
        message = await call(Names([answer]))
        assert "base_url points" in message
        assert address not in message
    assert connected == []


async def test_the_client_connects_to_the_checked_address(connected: list[str]) -> None:
    """Each connection resolves the name once, so the answer can't change after the check."""
    names = Names([[PUBLIC], ["127.0.0.1"]])

    first = await call(names)

    assert "base_url" not in first
    assert (names.requested, connected) == ([NAME], [PUBLIC])
    assert "base_url" in await call(names)
    assert connected == [PUBLIC]


async def test_the_next_address_is_tried_after_a_failure(connected: list[str]) -> None:
    await call(Names([["2606:4700:4700::1111", PUBLIC]]))

    assert connected == ["2606:4700:4700::1111", PUBLIC]


async def test_an_unknown_name_is_a_connection_error(connected: list[str]) -> None:
    class NoNames(Names):
        async def resolve(self, _host: str, _port: int) -> list[str]:
            raise OSError("no such name")

    for names in (NoNames([]), Names([[]])):
        assert "ConnectError" in await call(names)
    assert connected == []


@pytest.mark.parametrize("url", ["https://xn--.example", "https://xn--a.example", "https://1.2.3.256"])
async def test_an_invalid_base_url_is_rejected_for_good(url: str) -> None:
    """The error is final: the service does not retry for a day."""
    with pytest.raises(Rejected, match="base_url"):
        new_client(Destination(url, GuardedNetwork(AddressRule())), {}, 2)


@dataclass
class Server:
    """An HTTP server that records requests and TLS server names."""

    port: int
    heads: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


async def serve(tls: ssl.SSLContext | None) -> AsyncIterator[Server]:
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
    async for server in serve(None):
        yield server


async def test_the_system_resolver_is_guarded(plain_server: Server) -> None:
    """`localhost` is rejected unless the setting allows loopback addresses."""
    url = f"http://localhost:{plain_server.port}"
    async with new_client(Destination(url, GuardedNetwork(AddressRule())), {}, 2) as client:
        with pytest.raises(NotSent, match="this machine"):
            await send(client, client.build_request("GET", "/"), 5)
    assert plain_server.heads == []

    async with new_client(Destination(url, GuardedNetwork(AddressRule(allow_loopback=True))), {}, 2) as client:
        assert (await send(client, client.build_request("GET", "/"), 5)).status == 200


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(plain_server: Server, status: int) -> None:
    """A redirect to the same server is not followed either."""
    url = f"http://127.0.0.1:{plain_server.port}"
    plain_server.answer = f"HTTP/1.1 {status} x\r\nLocation: {url}/y\r\nContent-Length: 0\r\n\r\n".encode()
    for network in (GuardedNetwork(AddressRule(allow_loopback=True)), None):
        async with new_client(Destination(url, network), {}, 2) as client:
            assert (await send(client, client.build_request("POST", "/x"), 5)).status == status
    assert len(plain_server.heads) == 2


def create_certificate(folder: Path) -> tuple[Path, Path]:
    """Create a certificate for the carrier's name, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    certificate = (
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
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


async def test_tls_and_host_header_use_the_name(tmp_path: Path) -> None:
    """The client connects to the address, but TLS and the Host header use the name."""
    public, private = create_certificate(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(public, private)
    trusting = ssl.create_default_context(cafile=str(public))
    network = GuardedNetwork(AddressRule(allow_loopback=True), Names([["127.0.0.1"]]).resolve)
    async for server in serve(tls):
        async with httpx.AsyncClient(transport=GuardedTransport(network, trusting, LIMITS)) as client:
            answer = await client.get(f"https://{NAME}:{server.port}/x")
            assert answer.status_code == 200
            with pytest.raises(httpx.ConnectError, match=r"(?i)certificate"):
                await client.get(f"https://other.example:{server.port}/x")
        assert server.names == [NAME, "other.example"]
        assert len(server.heads) == 1
        assert f"Host: {NAME}:{server.port}\r\n" in server.heads[0]
