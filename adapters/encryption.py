"""Encryption of stored credentials, with keys that can be rotated."""

import json
from collections.abc import Mapping, Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class CipherError(Exception):
    """There is no key, a key is malformed, or no key fits; the message never contains a secret."""


class CredentialCipher:
    """Encrypts with the first key and decrypts with any, so that a new key is added in front of the old ones.

    Args:
        keys: Fernet keys (32 bytes in URL-safe base64), the newest first.

    Raises:
        CipherError: there is no key, or one is malformed.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise CipherError("there is no key to encrypt credentials")
        try:
            self._newest = Fernet(keys[0])
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise CipherError("a key is malformed: it must be 32 bytes in URL-safe base64") from None

    def encrypt(self, credentials: Mapping[str, str]) -> bytes:
        return self._fernet.encrypt(json.dumps(dict(credentials)).encode())

    def decrypt(self, token: bytes) -> dict[str, str]:
        """Decrypt a token of `encrypt` with any of the keys; raises CipherError if no key fits."""
        try:
            credentials: dict[str, str] = json.loads(self._fernet.decrypt(token))
        except InvalidToken:
            raise CipherError("no key decrypts the stored credentials") from None
        return credentials

    def reencrypt(self, token: bytes) -> bytes | None:
        """Encrypt a token of an older key again with the first key; None if the first key made it.

        Raises:
            CipherError: no key fits.
        """
        try:
            self._newest.decrypt(token)
        except InvalidToken:
            return self.encrypt(self.decrypt(token))
        return None
