"""The service's settings, read from the environment."""

from typing import Annotated

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from activities.payloads import Limits
from adapters.encryption import CipherError, CredentialCipher
from bootstrap.runtime.retention import MAX_DAYS
from domain.pauses import PROBE_AFTER_SECONDS

PREFIX = "ORDERLY_"


class Settings(BaseSettings):
    """What the API and the worker need to know. Temporal's own variables are read by `adapters/temporal/client.py`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, populate_by_name=True, hide_input_in_errors=True)

    database_url: Annotated[str, Field(validation_alias="DATABASE_URL")]
    """A libpq URL."""

    temporal_address: Annotated[str | None, Field(validation_alias="TEMPORAL_ADDRESS")] = None
    """host:port; unset where a Temporal profile names it."""

    host: str = "127.0.0.1"
    api_port: Annotated[int, Field(ge=0, le=65535)] = 8080
    embed_worker: bool = False
    """Run the worker and the dispatcher in the API process, which spares Temporal a hop for each execution."""

    temporal_ui_url: str | None = None
    sandbox_url: str | None = None
    """Where accounts and bridges of mode `test` are sent that have no base_url."""

    allow_loopback: bool = False
    """Whether base URLs may point to this machine: for the embedded stack."""

    encryption_keys: Annotated[list[str], NoDecode, Field(min_length=1)]
    """Fernet keys, comma separated, the newest first."""

    retry_for_seconds: Annotated[float, Field(gt=0)] = Limits().retry_for
    """For how long a call that was surely not sent is tried again."""

    wait_for_seconds: Annotated[float, Field(gt=0)] = Limits().wait_for
    """For how long a channel that answers later is asked."""

    probe_after_seconds: Annotated[float, Field(gt=0, le=3600)] = PROBE_AFTER_SECONDS
    """How long after its vendor refused an account or bridge waits for its first probe; later ones come 2, 4 and up to
    30 times as late."""

    max_in_flight: Annotated[int, Field(ge=1, le=1000)] = 32
    """The most executions that move in Temporal at a time; how many do is found out by the dispatcher."""

    metrics_port: Annotated[int | None, Field(ge=1, le=65535)] = None
    """Where the process that runs the worker answers `GET /metrics`; unset: nowhere."""

    metrics_host: str = "127.0.0.1"
    """The address of that port. Whoever reaches it sees counts over all organizations: keep it inside."""

    max_open: Annotated[int, Field(ge=1, le=10_000)] = 64
    """How many executions of one account or bridge are open in Temporal at a time, unless it has a limit of its own."""

    requests_per_second: Annotated[float, Field(ge=0)] = 0.0
    """Requests a second per API key; 0 is without limit."""

    retain_operations_days: Annotated[int | None, Field(ge=1, le=MAX_DAYS)] = None
    """Closed operations that did not change for so long are deleted; unset: they stay for ever."""

    retain_answers_hours: Annotated[int, Field(ge=24, le=MAX_DAYS * 24)] = 25
    """For how long the answer of a call with an `Idempotency-Key` is remembered."""

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
    def limits(self) -> Limits:
        return Limits(retry_for=self.retry_for_seconds, wait_for=self.wait_for_seconds)


def describe_errors(error: ValidationError) -> str:
    """Return the faults of the settings in one line, by their variables' names and without what these hold."""
    return "; ".join(
        f"{_variable(fault['loc'])}: {fault['msg'].removeprefix('Value error, ')}" for fault in error.errors()
    )


def _variable(location: tuple[int | str, ...]) -> str:
    name = str(location[0])
    return f"{PREFIX}{name.upper()}" if name in Settings.model_fields else name
