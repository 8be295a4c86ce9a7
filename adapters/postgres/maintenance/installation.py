"""The installation: the random id that separates databases in one Temporal namespace."""

import secrets

from adapters.postgres.core.pools import Pools

READ = "select id from installation"
RENEW = "update installation set id = %(id)s, created_at = now()"

ID_BYTES = 6


class PostgresInstallation:
    """Reads and changes the id of the installation."""

    def __init__(self, pools: Pools) -> None:
        self._pools = pools

    async def read(self) -> str:
        """Return the id.

        Raises:
            Unavailable: Postgres can't be reached.
            LookupError: a person has emptied the table.
        """
        async with self._pools.system_statements() as transaction:
            found = await transaction.fetch_value(READ)
        if found is None:
            raise LookupError("the table installation has no row")
        return str(found)

    async def renew(self) -> str:
        """Store a new id and return it; for a copied database.

        Raises:
            Unavailable: as for `read`.
        """
        fresh = secrets.token_hex(ID_BYTES)
        async with self._pools.system_statements() as transaction:
            await transaction.execute(RENEW, id=fresh)
        return fresh
