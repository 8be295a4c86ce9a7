"""Credentials can be read with any key and are written with the first."""

import pytest
from cryptography.fernet import Fernet

from adapters.encryption import Vault, VaultError

SECRETS = {"client_secret": "sesame"}


def a_key() -> str:
    return Fernet.generate_key().decode()


def test_what_was_encrypted_is_decrypted() -> None:
    """And is not to be read in between, nor the same twice."""
    vault = Vault([a_key()])
    token = vault.encrypt(SECRETS)
    assert b"sesame" not in token
    assert vault.encrypt(SECRETS) != token
    assert vault.decrypt(token) == SECRETS


def test_keys_can_be_rotated() -> None:
    """A new key in front reads what the old one wrote; without the old one, what the new one wrote."""
    old, new = a_key(), a_key()
    written_before = Vault([old]).encrypt(SECRETS)
    both = Vault([new, old])
    assert both.decrypt(written_before) == SECRETS
    assert Vault([new]).decrypt(both.encrypt(SECRETS)) == SECRETS
    with pytest.raises(VaultError, match="none of the keys"):
        Vault([new]).decrypt(written_before)


@pytest.mark.parametrize("keys", [[], ["sesame"], [a_key(), "sesame"], ["ключ"]])
def test_a_vault_without_a_good_key_is_refused(keys: list[str]) -> None:
    """The message repeats no key."""
    with pytest.raises(VaultError, match="key") as refused:
        Vault(keys)
    assert "sesame" not in str(refused.value)


def test_a_damaged_token_is_refused() -> None:
    """Credentials are not guessed."""
    vault = Vault([a_key()])
    with pytest.raises(VaultError):
        vault.decrypt(vault.encrypt(SECRETS)[:-1])


def test_a_vault_shows_no_key() -> None:
    """Not in its representation."""
    key = a_key()
    assert key not in repr(Vault([key]))
