"""The service's settings, read from the environment."""

from typing import Annotated

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from activities.payloads import Limits
from adapters.encryption import CipherError, CredentialCipher
from adapters.postgres.core.pools import PoolSettings
from adapters.postgres.core.transaction import STATEMENT_SECONDS
from api.events.live import MAX_STREAMS, MAX_STREAMS_OF_ORGANIZATION
from api.http.validation_messages import explain
from bootstrap.runtime.logs import LogFormat, LogLevel
from bootstrap.runtime.retention import MAX_DAYS
from domain.pauses import PROBE_AFTER_SECONDS

PREFIX = "ORDERLY_"


class Settings(BaseSettings):
    """Settings of the API and the worker. `adapters/temporal/client.py` reads Temporal's own variables."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, populate_by_name=True, hide_input_in_errors=True)

    database_url: Annotated[str, Field(validation_alias="DATABASE_URL")]
    """A libpq URL."""

    database_direct_url: Annotated[str | None, Field(validation_alias="DATABASE_DIRECT_URL")] = None
    """A libpq URL of Postgres itself, for LISTEN, if `database_url` leads through a connection pooler."""

    database_prepare: Annotated[bool, Field(validation_alias="DATABASE_PREPARE")] = True
    """Whether statements are prepared; off behind pgbouncer before 1.21."""

    database_pool_size: Annotated[int, Field(ge=2, le=1000, validation_alias="DATABASE_POOL_SIZE")] = 12
    """The maximum of connections for the transactions of organizations, in each process."""

    database_system_pool_size: Annotated[int, Field(ge=2, le=1000, validation_alias="DATABASE_SYSTEM_POOL_SIZE")] = 8
    """The maximum of connections for the service's own transactions, in each process."""

    database_statement_seconds: Annotated[
        float, Field(gt=0, le=3600, validation_alias="DATABASE_STATEMENT_SECONDS")
    ] = STATEMENT_SECONDS
    """How long a statement may take."""

    database_application_name: Annotated[str, Field(max_length=63, validation_alias="DATABASE_APPLICATION_NAME")] = (
        "orderly"
    )
    """The name of this process's connections in `pg_stat_activity`."""

    temporal_address: Annotated[str | None, Field(validation_alias="TEMPORAL_ADDRESS")] = None
    """host:port; unset if a Temporal profile contains it."""

    host: str = "127.0.0.1"
    api_port: Annotated[int, Field(ge=0, le=65535)] = 8080
    embed_worker: bool = False
    """Run the worker and the dispatcher in the API process, which saves Temporal a hop per execution."""

    temporal_ui_url: str | None = None
    sandbox_url: str | None = None
    """The destination of accounts and bridges of mode `test` without a base_url."""

    allow_loopback: bool = False
    """Allow base URLs that point to this machine; for the embedded stack."""

    encryption_keys: Annotated[list[str], NoDecode, Field(min_length=1)]
    """Fernet keys, comma separated, newest first."""

    retry_for_seconds: Annotated[float, Field(gt=0)] = Limits().retry_for
    """How long a call that was certainly not sent is retried."""

    wait_for_seconds: Annotated[float, Field(gt=0)] = Limits().wait_for
    """How long a channel that answers later is polled."""

    probe_after_seconds: Annotated[float, Field(gt=0, le=3600)] = PROBE_AFTER_SECONDS
    """Seconds until a refused account or bridge is probed; later probes wait 2, 4 and up to 30 times as long."""

    max_in_flight: Annotated[int, Field(ge=1, le=1000)] = 32
    """Upper bound of the executions that move in Temporal at a time; the dispatcher learns the actual limit."""

    log_format: LogFormat = "console"
    """`json` writes each line of the log as a JSON object."""

    log_level: LogLevel = "info"
    """The lowest level of the service's own lines."""

    metrics_port: Annotated[int | None, Field(ge=1, le=65535)] = None
    """The port for `GET /metrics` in the process that runs the worker; unset: no metrics."""

    metrics_host: str = "127.0.0.1"
    """The address for metrics. They show counts over all organizations, so do not expose it."""

    max_open: Annotated[int, Field(ge=1, le=10_000)] = 64
    """Maximum of open executions per account or bridge in Temporal, unless the account or bridge has its own limit."""

    webhook_concurrency: Annotated[int, Field(ge=1, le=1000)] = 64
    """Maximum of webhooks that a worker process sends at a time."""

    max_event_streams: Annotated[int, Field(ge=1, le=10_000)] = MAX_STREAMS
    """Maximum of open streams of events in each API process."""

    max_event_streams_per_organization: Annotated[int, Field(ge=1, le=10_000)] = MAX_STREAMS_OF_ORGANIZATION
    """Maximum of open streams of events of one organization in each API process."""

    requests_per_second: Annotated[float, Field(ge=0)] = 0.0
    """Requests per second and API key; 0 is unlimited."""

    retain_operations_days: Annotated[int | None, Field(ge=1, le=MAX_DAYS)] = None
    """Closed operations without a change for this long are deleted; unset: never."""

    retain_answers_hours: Annotated[int, Field(ge=24, le=MAX_DAYS * 24)] = 25
    """How long the answer of a call with an `Idempotency-Key` is stored."""

    @field_validator("encryption_keys", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [key.strip() for key in value.split(",") if key.strip()] if isinstance(value, str) else value

    @field_validator("encryption_keys")
    @classmethod
    def _can_encrypt(cls, value: list[str]) -> list[str]:
        try:
            CredentialCipher(value)
        except CipherError as error:
            raise ValueError(str(error)) from None
        return value

    @property
    def pools(self) -> PoolSettings:
        return PoolSettings(
            max_size=self.database_pool_size,
            max_system_size=self.database_system_pool_size,
            statement_seconds=self.database_statement_seconds,
            application_name=self.database_application_name,
            prepares=self.database_prepare,
        )

    @property
    def limits(self) -> Limits:
        return Limits(retry_for=self.retry_for_seconds, wait_for=self.wait_for_seconds)


def describe_errors(error: ValidationError) -> str:
    """Return the errors of the settings in one line, by variable and without the values."""
    return "; ".join(
        f"{_variable(fault['loc'])}: {explain(fault, Settings)}" for fault in error.errors(include_input=False)
    )


def _variable(location: tuple[int | str, ...]) -> str:
    name = str(location[0])
    return f"{PREFIX}{name.upper()}" if name in Settings.model_fields else name
