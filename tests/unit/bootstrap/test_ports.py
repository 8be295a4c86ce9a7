"""Ports are free and distinct, and the same as last time if possible."""

import socket

import pytest

from bootstrap.embedded.errors import StackError
from bootstrap.embedded.ports import PortRequest, choose_ports, make_url


def build_request(flag: str, port: int = 0, host: str = "127.0.0.1") -> PortRequest:
    return PortRequest(flag=flag, host=host, wanted=port)


def test_free_ports_are_distinct() -> None:
    flags = [f"--{number}" for number in range(20)]
    ports = choose_ports([build_request(flag) for flag in flags], {})
    assert len(set(ports.values())) == 20
    assert list(ports) == flags


def test_a_free_port_is_the_remembered_one_if_possible() -> None:
    first = choose_ports([build_request("--a")], {})
    assert choose_ports([build_request("--a")], first) == first


def test_a_remembered_port_in_use_is_replaced() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert choose_ports([build_request("--a")], {"--a": port})["--a"] != port


def test_a_requested_port_in_use_is_refused_with_its_flag() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(StackError, match=rf"^port {port} is in use: .*--api-port"):
            choose_ports([build_request("--api-port", port)], {})


def test_a_port_requested_twice_is_refused() -> None:
    port = choose_ports([build_request("--a")], {})["--a"]
    with pytest.raises(StackError, match="--b"):
        choose_ports([build_request("--a", port), build_request("--b", port)], {})


def test_a_foreign_host_is_refused() -> None:
    with pytest.raises(StackError, match=r"^can't listen on 192\.0\.2\.1:8080: .*--host"):
        choose_ports([build_request("--api-port", 8080, "192.0.2.1")], {})


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_a_foreign_host_is_refused_for_any_port(host: str) -> None:
    with pytest.raises(StackError, match=rf"^can't listen on {host}: .*--host"):
        choose_ports([build_request("--api-port", 0, host)], {})


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:80"), ("0.0.0.0", "http://127.0.0.1:80"), ("::", "http://[::1]:80")],  # noqa: S104
)
def test_a_url_can_be_reached_from_this_machine(host: str, url: str) -> None:
    assert make_url(host, 80) == url
