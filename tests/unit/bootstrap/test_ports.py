"""Ports are free, distinct and the same as last time where that can be."""

import socket

import pytest

from bootstrap.embedded.errors import StackError
from bootstrap.embedded.ports import PortRequest, choose_ports, make_url


def request(flag: str, wanted: int = 0, host: str = "127.0.0.1") -> PortRequest:
    return PortRequest(flag=flag, host=host, wanted=wanted)


def test_any_ports_are_distinct() -> None:
    flags = [f"--{number}" for number in range(20)]
    ports = choose_ports([request(flag) for flag in flags], {})
    assert len(set(ports.values())) == 20
    assert list(ports) == flags


def test_any_port_is_the_remembered_one_where_that_is_free() -> None:
    first = choose_ports([request("--a")], {})
    assert choose_ports([request("--a")], first) == first


def test_any_port_is_another_where_the_remembered_one_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert choose_ports([request("--a")], {"--a": port})["--a"] != port


def test_a_named_port_that_is_taken_is_refused_with_its_flag() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StackError, match=rf"^port {port} is in use: .*--api-port"):
            choose_ports([request("--api-port", port)], {})


def test_one_port_named_twice_is_refused() -> None:
    port = choose_ports([request("--a")], {})["--a"]
    with pytest.raises(StackError, match="--b"):
        choose_ports([request("--a", port), request("--b", port)], {})


def test_a_host_that_is_not_ours_is_refused() -> None:
    with pytest.raises(StackError, match=r"^can't listen on 192\.0\.2\.1:8080: .*--host"):
        choose_ports([request("--api-port", 8080, "192.0.2.1")], {})


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_any_port_of_a_host_that_is_not_ours_is_refused(host: str) -> None:
    with pytest.raises(StackError, match=rf"^can't listen on {host}: .*--host"):
        choose_ports([request("--api-port", 0, host)], {})


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:80"), ("0.0.0.0", "http://127.0.0.1:80"), ("::", "http://[::1]:80")],  # noqa: S104
)
def test_a_url_can_be_reached_from_this_machine(host: str, url: str) -> None:
    assert make_url(host, 80) == url
