"""Common models of carrier accounts and bridges: write-only credentials, and settings that are merged."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints
from pydantic.json_schema import JsonSchemaValue, SkipJsonSchema

from api.http.body import validate
from api.http.context import ApiContext
from api.http.types import Label, PatchModel, Reason, RequestModel, ResponseModel, Timestamp, Value
from domain.channels import Bridge
from domain.errors import FieldError, InvalidInput, Rejected
from domain.json_values import Json, to_json
from domain.pauses import PauseCause
from domain.postal.normal_form import normalize_address
from domain.shipping import AccountStatus, CarrierAccount, ConnectionSettings, Mode
from domain.vendors.profile import CredentialField, Profile, find_problems
from workflows.operations.common_inputs import value_of

MASK = "********"

Secret = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
Credentials = Annotated[dict[Label, Secret], Field(max_length=20)]
"""Secrets by name; they are stored encrypted and never shown again."""
Option = Annotated[str, StringConstraints(min_length=1, max_length=500)]


ModeField = Annotated[
    Mode,
    Field(
        description="`live` uses the vendor's production system. `test` uses the sandbox, which needs no credentials,"
        " or the system at `settings.base_url`, such as the vendor's own test system. It can't be changed later."
    ),
]

InputStatus = Literal["active", "paused"]


class SettingsFields(RequestModel):
    """How the service reaches a carrier or channel; without a `base_url`, at the vendor's address or the sandbox.

    `recover_for_seconds`: how long the service repeats a weak lookup. `max_concurrent` and `max_per_second`: limits of
    purchases, pushes, voids and cancels, over all workers. `options`: options of the vendor.
    """

    base_url: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None
    read_timeout_seconds: Annotated[float, Field(strict=True, ge=1, le=120)] | None = None
    recover_for_seconds: Annotated[float, Field(strict=True, ge=0, le=30 * 86_400)] | None = None
    max_concurrent: Annotated[int, Field(strict=True, ge=1, le=1000)] | None = None
    max_per_second: Annotated[float, Field(strict=True, ge=0.01, le=1000)] | None = None
    options: Annotated[dict[Label, Option], Field(max_length=20)] | None = None


class ConnectionCreate(RequestModel):
    """Common fields of a new carrier account or bridge."""

    name: Label
    mode: ModeField = Mode.LIVE
    settings: SettingsFields
    credentials: Credentials = Field(default_factory=dict)


def _refuse_mode(_: object) -> None:
    raise ValueError("can't be changed: create another one with the other mode")


class ConnectionUpdate(PatchModel):
    """Changes; settings are merged, credentials are replaced as a whole."""

    mode: SkipJsonSchema[Annotated[None, BeforeValidator(_refuse_mode)]] = None
    name: Label = ""
    status: InputStatus = "active"
    settings: Json = Field(default_factory=dict, description="Settings to change; null takes one away.")
    credentials: Credentials = Field(
        default_factory=dict,
        description="All of them. Needed where `settings.base_url` changes: stored ones are sent to no other address.",
    )


class PauseRequest(RequestModel):
    """The reason to pause or resume an account or bridge."""

    reason: Annotated[Reason, Field(description="Why; logged.")]


class PauseRead(ResponseModel):
    """Why, since when and by whom the account or bridge is paused; `actor` is a key's id or `system`.

    At `next_probe_at` the service tries one of the waiting operations; null if a person paused it.
    """

    cause: PauseCause
    reason: str | None
    actor: str | None
    since: Timestamp
    next_probe_at: Timestamp | None


class ConnectionLogRead(ResponseModel):
    """One line of the log; `actor` is a key's id or `system`."""

    at: Timestamp
    event: str
    message: str
    actor: str


class ConnectionRead(ResponseModel):
    """Common fields of carrier accounts and bridges; `credentials` lists stored secrets, never their values."""

    id: UUID
    name: str
    mode: Mode
    status: AccountStatus
    status_reason: str | None
    pause: PauseRead | None
    settings: Value
    credentials: dict[str, str]
    created_at: Timestamp
    updated_at: Timestamp


def check_settings(
    body: SettingsFields, profile: Profile, mode: Mode, credentials: Mapping[str, str] | None, context: ApiContext
) -> ConnectionSettings:
    """Return settings as the domain's value after checking the vendor's rules; the sandbox has no rules.

    `credentials`: None if they do not change.

    Raises:
        InvalidInput: with every field that is missing, unknown or malformed.
    """
    settings = value_of(ConnectionSettings, body)
    at_sandbox = mode is Mode.TEST and settings.base_url is None
    found = []
    if at_sandbox and not context.has_sandbox:
        found.append(FieldError(("mode",), "test needs a sandbox: set ORDERLY_SANDBOX_URL, or a settings.base_url"))
    if credentials is not None and not (at_sandbox and not credentials):
        found += find_problems(profile.credentials, credentials, "credentials")
    found += find_problems(profile.options, settings.options or {}, "settings", "options", is_whole=not at_sandbox)
    if profile.base_url is None and settings.base_url is None and not at_sandbox:
        found.append(FieldError(("settings", "base_url"), f"needed: each {profile.title} account has its own"))
    problem = context.outgoing.find_problem(settings.base_url) if settings.base_url is not None else None
    if problem is not None:
        found.append(FieldError(("settings", "base_url"), problem))
    found += _find_address_problems(settings)
    if found:
        raise InvalidInput(found)
    return settings


def _find_address_problems(settings: ConnectionSettings) -> list[FieldError]:
    """Find contradictions in the account's own address; the carrier's limits are checked with each label."""
    if settings.ship_from is None:
        return []
    try:
        normalize_address(settings.ship_from, "ship_from")
    except Rejected as error:
        field = error.field or "ship_from"
        return [FieldError(("settings", *field.split(".")), error.message.removeprefix(f"{field} "))]
    return []


def schema_of_live(field: str, profiles: Mapping[str, Profile]) -> Callable[[JsonSchemaValue], None]:
    """Return a function that adds each vendor's required fields to a schema; the property `field` names the vendor."""
    rules = [_rule(field, profile) for profile in profiles.values()]
    return lambda schema: schema.update(allOf=rules)


def _rule(field: str, profile: Profile) -> JsonSchemaValue:
    settings: JsonSchemaValue = {"properties": {"options": _schema(f"{profile.title} options", profile.options)}}
    then: JsonSchemaValue = {
        "properties": {
            "credentials": _schema(f"{profile.title} credentials", profile.credentials),
            "settings": settings,
        },
        "required": ["credentials"],
    }
    if profile.base_url is None:
        settings["required"] = ["base_url"]
        then["required"].append("settings")
    live = {"properties": {field: {"const": profile.name}, "mode": {"const": "live"}}, "required": [field]}
    return {"if": live, "then": then}


def _schema(title: str, fields: tuple[CredentialField, ...]) -> JsonSchemaValue:
    return {
        "title": title,
        "type": "object",
        "properties": {
            field.name: {"type": "string", "description": field.meaning, "pattern": field.pattern} for field in fields
        },
        "required": [field.name for field in fields if field.required],
        "additionalProperties": False,
    }


def merge_settings(
    model: type[SettingsFields], stored: ConnectionSettings, changes: Mapping[str, Any]
) -> SettingsFields:
    """Change some settings; null removes one. Raises InvalidInput if the result is not valid."""
    merged = {name: value for name, value in {**to_json(stored), **changes}.items() if value is not None}
    return validate(model, merged, "settings")


def refuse_another_address(stored: CarrierAccount | Bridge, settings: ConnectionSettings) -> None:
    """Refuse to send stored credentials to another address than they were stored for.

    Credentials are write-only. A client that may change the address could otherwise read them at its own server.

    Raises:
        InvalidInput: credentials are stored, and the base URL changed or was removed.
    """
    if stored.credential_names and settings.base_url != stored.settings.base_url:
        raise InvalidInput([FieldError(("credentials",), "needed with another settings.base_url: give them anew")])
