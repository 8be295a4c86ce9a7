"""Base URLs of accounts and bridges may only lead to public addresses."""

import pytest

from api.http.base_url import OutgoingRules


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "ftp://example.com",
        "https://user:pass@example.com",
        "https://example.com?x=1",
        "https://example.com#x",
        "https://10.0.0.1",
        "https://169.254.169.254",
        "https://[fd00::1]",
        "https://[::ffff:10.0.0.1]",
        "https://0x0a000001",
        "https://167772161",
        "https://10.1",
        "https://metadata.internal",
        "https://localhost.localdomain",
        "https://intranet",
        "https://exa mple.com",
        "https://example.com:0",
        "https://example.com:99999",
        "https://",
        "//example.com",
        "http://0.0.0.0",
    ],
)
def test_a_base_url_to_an_internal_address_is_refused(url: str) -> None:
    assert OutgoingRules(allow_loopback=True).find_problem(url) is not None


def test_a_loopback_url_needs_the_setting() -> None:
    assert OutgoingRules().find_problem("https://api.carrier.example") is None
    for url in ("http://127.0.0.1:8090/x", "http://localhost:8090", "http://[::1]:8090"):
        assert OutgoingRules(allow_loopback=True).find_problem(url) is None
        assert OutgoingRules().find_problem(url) is not None
