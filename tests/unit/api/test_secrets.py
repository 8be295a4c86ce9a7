"""Secrets of API keys."""

from api.http.auth import SECRET_PREFIX, new_secret


def test_a_secret_has_256_random_bits() -> None:
    secret = new_secret()

    assert secret.startswith(SECRET_PREFIX)
    assert len(secret) == len(SECRET_PREFIX) + 43
    assert secret != new_secret()
