"""Credentials can be read with any key and are written with the first."""

import pytest
from cryptography.fernet import Fernet

from adapters.encryption import CipherError, CredentialCipher

SECRETS = {"client_secret": "sesame"}


def a_key() -> str:
    return Fernet.generate_key().decode()


def test_what_was_encrypted_is_decrypted() -> None:
    """And is not to be read in between, nor the same twice."""
    cipher = CredentialCipher([a_key()])
    token = cipher.encrypt(SECRETS)
    assert b"sesame" not in token
    assert cipher.encrypt(SECRETS) != token
    assert cipher.decrypt(token) == SECRETS


def test_keys_can_be_rotated() -> None:
    """A new key in front reads what the old one wrote; without the old one, what the new one wrote."""
    old, new = a_key(), a_key()
    written_before = CredentialCipher([old]).encrypt(SECRETS)
    both = CredentialCipher([new, old])
    assert both.decrypt(written_before) == SECRETS
    assert CredentialCipher([new]).decrypt(both.encrypt(SECRETS)) == SECRETS
    with pytest.raises(CipherError, match="no key decrypts"):
        CredentialCipher([new]).decrypt(written_before)


@pytest.mark.parametrize("keys", [[], ["sesame"], [a_key(), "sesame"], ["ключ"]])
def test_a_cipher_without_a_good_key_is_refused(keys: list[str]) -> None:
    """The message repeats no key."""
    with pytest.raises(CipherError, match="key") as refused:
        CredentialCipher(keys)
    assert "sesame" not in str(refused.value)


def test_a_damaged_token_is_refused() -> None:
    """Credentials are not guessed."""
    cipher = CredentialCipher([a_key()])
    with pytest.raises(CipherError):
        cipher.decrypt(cipher.encrypt(SECRETS)[:-1])


def test_a_cipher_shows_no_key() -> None:
    """Not in its representation."""
    key = a_key()
    assert key not in repr(CredentialCipher([key]))
