"""Credentials are encrypted with the first key and decrypted with any key."""

import pytest
from cryptography.fernet import Fernet

from adapters.encryption import CipherError, CredentialCipher

SECRETS = {"client_secret": "sesame"}


def new_key() -> str:
    return Fernet.generate_key().decode()


def test_encrypted_credentials_can_be_decrypted() -> None:
    """The token hides the credentials, and differs each time."""
    cipher = CredentialCipher([new_key()])
    token = cipher.encrypt(SECRETS)
    assert b"sesame" not in token
    assert cipher.encrypt(SECRETS) != token
    assert cipher.decrypt(token) == SECRETS


def test_keys_can_be_rotated() -> None:
    """A new first key keeps old tokens readable; without the old key, only new tokens are."""
    old, new = new_key(), new_key()
    written_before = CredentialCipher([old]).encrypt(SECRETS)
    rotated = CredentialCipher([new, old])
    assert rotated.decrypt(written_before) == SECRETS
    assert CredentialCipher([new]).decrypt(rotated.encrypt(SECRETS)) == SECRETS
    with pytest.raises(CipherError, match="no key decrypts"):
        CredentialCipher([new]).decrypt(written_before)


@pytest.mark.parametrize("keys", [[], ["sesame"], [new_key(), "sesame"], ["ключ"]])
def test_an_invalid_key_is_refused(keys: list[str]) -> None:
    """The message does not repeat the key."""
    with pytest.raises(CipherError, match="key") as refused:
        CredentialCipher(keys)
    assert "sesame" not in str(refused.value)


def test_a_damaged_token_is_refused() -> None:
    cipher = CredentialCipher([new_key()])
    with pytest.raises(CipherError):
        cipher.decrypt(cipher.encrypt(SECRETS)[:-1])


def test_the_representation_of_a_cipher_has_no_key() -> None:
    key = new_key()
    assert key not in repr(CredentialCipher([key]))
