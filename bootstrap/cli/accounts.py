"""`orderly accounts check`: checks a carrier account in the database of DATABASE_URL."""

from uuid import UUID

import click

from bootstrap.cli.database import run_on_database


@click.command()
@click.argument("account_id", type=click.UUID)
def check(account_id: UUID) -> None:
    """Check an account's credentials, with the database.

    Buys nothing. Needs no API.
    """
    from pydantic import ValidationError  # noqa: PLC0415 - the service is not imported for --help

    from adapters.encryption import CipherError, CredentialCipher  # noqa: PLC0415
    from bootstrap.cli.account_check import check_account  # noqa: PLC0415
    from bootstrap.settings import Settings, describe_errors  # noqa: PLC0415
    from domain.errors import CarrierAccountNotFound, EffectError  # noqa: PLC0415

    try:
        settings = Settings()
        cipher = CredentialCipher(settings.encryption_keys)
        result = run_on_database(lambda database: check_account(database, cipher, settings, account_id), cipher)
    except ValidationError as error:
        raise click.ClickException(describe_errors(error)) from None
    except CipherError as error:
        raise click.ClickException(f"ORDERLY_ENCRYPTION_KEYS: {error}") from None
    except CarrierAccountNotFound as error:
        raise click.ClickException(error.message) from None
    except EffectError as error:
        code = f" ({error.vendor_code})" if error.vendor_code else ""
        raise click.ClickException(f"{error.code}{code}: {error.message}") from None
    click.echo(result)
