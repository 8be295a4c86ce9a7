"""`orderly credentials`: commands on encrypted credentials in the database of DATABASE_URL."""

import os

import click

from bootstrap.cli.database import run_on_database


@click.group()
def credentials() -> None:
    """Manage stored credentials."""


@credentials.command()
def rotate() -> None:
    """Encrypt all credentials with the newest key.

    The newest key is the first of ORDERLY_ENCRYPTION_KEYS. The service may keep running, and you can repeat the
    command. Afterwards the older keys are no longer needed.
    """
    from adapters.encryption import CipherError, CredentialCipher  # noqa: PLC0415
    from adapters.postgres.maintenance.rotate_credentials import rotate as rotate_all  # noqa: PLC0415 - not imported for --help

    keys = [key.strip() for key in os.environ.get("ORDERLY_ENCRYPTION_KEYS", "").split(",") if key.strip()]
    try:
        cipher = CredentialCipher(keys)
    except CipherError as error:
        raise click.ClickException(f"ORDERLY_ENCRYPTION_KEYS: {error}") from None
    rotation = run_on_database(lambda database: rotate_all(database, cipher), cipher)
    readable = rotation.found - len(rotation.unreadable)
    click.echo(f"{rotation.renewed} of {rotation.found} credentials re-encrypted; {readable} use the newest key")
    for table, ident in rotation.unreadable:
        click.echo(f"{table} {ident}: no key decrypts its credentials", err=True)
    if rotation.unreadable:
        raise click.ClickException("keep the older keys and add the missing one")
