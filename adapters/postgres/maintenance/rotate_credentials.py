"""Rotation of credentials: encrypts each with the newest key, so that older keys can be removed."""

from dataclasses import dataclass, field
from uuid import UUID

from adapters.encryption import CipherError, CredentialCipher
from adapters.postgres.core.pools import Pools
from adapters.postgres.core.transaction import Transaction

TABLES = ("carrier_accounts", "bridges", "webhook_endpoints")
BATCH = 200


@dataclass(slots=True)
class Rotation:
    """The result: how many credentials were found and re-encrypted, and which none of the keys can decrypt."""

    found: int = 0
    renewed: int = 0
    unreadable: list[tuple[str, UUID]] = field(default_factory=list)


async def rotate(pools: Pools, cipher: CredentialCipher) -> Rotation:
    """Re-encrypt credentials of older keys with the cipher's first key; idempotent.

    Each row is changed by compare-and-set, so that credentials that a client replaces meanwhile are not overwritten;
    such a row is read again.

    Raises:
        Unavailable: Postgres can't be reached.
    """
    found = Rotation()
    async with pools.system_statements() as statements:
        for table in TABLES:
            await _Table(table, statements, cipher, found).rotate()
    return found


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    statements: Transaction
    cipher: CredentialCipher
    found: Rotation

    async def rotate(self) -> None:
        sql = f"select id, credentials from {self.name} where id > %(last)s order by id limit {BATCH}"
        last = UUID(int=0)
        while rows := await self.statements.fetch_all(dict, sql, last=last):
            for row in rows:
                self.found.found += 1
                await self._renew(row["id"], row["credentials"])
            last = rows[-1]["id"]

    async def _renew(self, ident: UUID, token: bytes | None) -> None:
        change = f"update {self.name} set credentials = %(fresh)s where id = %(id)s and credentials = %(token)s"
        while token is not None:
            try:
                fresh = self.cipher.reencrypt(token)
            except CipherError:
                self.found.unreadable.append((self.name, ident))
                return
            if fresh is None:
                return
            if await self.statements.execute(change, fresh=fresh, id=ident, token=token):
                self.found.renewed += 1
                return
            token = await self.statements.fetch_value(
                f"select credentials from {self.name} where id = %(id)s", id=ident
            )
