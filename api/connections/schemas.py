"""Common models of carrier accounts and bridges: write-only credentials, and settings that are merged."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints
from pydantic.json_schema import JsonSchemaValue, SkipJsonSchema

from api.http.body import validate
from api.http.context import ApiContext
from api.http.types import Label, PatchModel, Reason, RequestModel, ResponseModel, Timestamp
from domain.channels import Bridge
from domain.errors import FieldError, InvalidInput, Rejected
from domain.json_values import Json, to_json
from domain.pauses import PauseCause
from domain.postal.normal_form import normalize_address, normalize_options
from domain.shipping import AccountStatus, CarrierAccount, ConnectionSettings, Mode
from domain.shipping_options import ShippingOptions, merge_options
from domain.vendors.customs_checks import find_default_problems
from domain.vendors.option_checks import ROOT, find_option_problems
from domain.vendors.profile import CarrierProfile, CredentialField, Profile, find_problems
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
    """Settings of accounts and bridges."""

    base_url: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None
    """Address to call instead of the vendor's own address, or of the sandbox in mode `test`."""
    read_timeout_seconds: Annotated[float, Field(strict=True, ge=1, le=120)] | None = None
    """How long to wait for an answer to one call."""
    recover_for_seconds: Annotated[float, Field(strict=True, ge=0, le=30 * 86_400)] | None = None
    """How long to repeat a weak lookup before a person must resolve the outcome."""
    max_concurrent: Annotated[int, Field(strict=True, ge=1, le=1000)] | None = None
    """Most purchases, pushes, voids and cancels in flight at the same time, over all workers."""
    max_per_second: Annotated[float, Field(strict=True, ge=0.01, le=1000)] | None = None
    """Most purchases, pushes, voids and cancels started in a second, over all workers."""
    options: Annotated[dict[Label, Option], Field(max_length=20)] | None = None
    """The vendor's own options, see the page of the carrier or channel."""


class ConnectionCreate(RequestModel):
    """Fields of accounts and bridges that a client creates."""

    name: Label
    """Name, for people."""
    mode: ModeField = Mode.LIVE
    settings: SettingsFields
    """How to reach the vendor."""
    credentials: Credentials = Field(default_factory=dict)
    """The vendor's credentials. They are stored encrypted and never shown again."""


def _refuse_mode(_: object) -> None:
    raise ValueError("can't be changed: create another account or bridge with the other mode")


class ConnectionUpdate(PatchModel):
    """Changes of accounts and bridges. Settings are merged; credentials are replaced as a whole."""

    mode: SkipJsonSchema[Annotated[None, BeforeValidator(_refuse_mode)]] = None
    name: Label = ""
    """Name, for people."""
    status: InputStatus = "active"
    """`active`, or `paused` so that new executions wait."""
    settings: Json = Field(default_factory=dict, description="Settings to change. null removes a setting.")
    credentials: Credentials = Field(
        default_factory=dict,
        description="All credentials. Required when `settings.base_url` changes, because stored credentials "
        "are sent to no other address.",
    )


class PauseRequest(RequestModel):
    """The reason to pause or resume an account or bridge."""

    reason: Annotated[Reason, Field(description="Why it is paused or resumed. It is logged.")]


class PauseRead(ResponseModel):
    """The pause of an account or bridge."""

    cause: PauseCause
    """Cause of the pause."""
    reason: str | None
    """A person's reason, or the vendor's message."""
    actor: str | None
    """`key:` with the id of the API key that paused it, or `service:worker`."""
    since: Timestamp
    """When the pause began."""
    next_probe_at: Timestamp | None
    """When one waiting operation runs as a probe; null if a person paused it."""


class ConnectionLogRead(ResponseModel):
    """One entry of the log of an account or bridge."""

    at: Timestamp
    """Time of the entry."""
    event: str
    """Kind of the entry."""
    message: str
    """The entry in words."""
    actor: str
    """`key:` with the id of an API key, or `service:` and the part of the service."""


class ConnectionRead(ResponseModel):
    """Fields of accounts and bridges that the API returns."""

    id: UUID
    """Id of the account or bridge."""
    name: str
    """Name, for people."""
    mode: Mode
    """Production system (`live`), or sandbox or test system (`test`)."""
    status: AccountStatus
    """Whether operations can use it."""
    status_reason: str | None
    """Why it is not active; null if it is active."""
    pause: PauseRead | None
    """The pause; null if it is not paused."""
    credentials: dict[str, str]
    """Names of the stored credentials, each with a mask instead of its value."""
    created_at: Timestamp
    """When it was created."""
    updated_at: Timestamp
    """When it last changed."""


def check_settings(
    body: SettingsFields,
    profile: Profile,
    mode: Mode,
    credentials: Mapping[str, str] | None,
    context: ApiContext,
    *,
    has_new_defaults: bool = True,
) -> ConnectionSettings:
    """Return settings as the domain's value after checking the vendor's rules; the sandbox has no rules.

    `credentials`: None if they do not change. `has_new_defaults`: False if the stored defaults of options and customs
    data do not change; they are not checked then.

    Raises:
        InvalidInput: with every field that is missing, unknown or malformed.
    """
    settings = value_of(ConnectionSettings, body)
    at_sandbox = mode is Mode.TEST and settings.base_url is None
    found = []
    if at_sandbox and not context.has_sandbox:
        found.append(
            FieldError(("mode",), "test needs a sandbox: set ORDERLY_SANDBOX_URL on the server, or settings.base_url")
        )
    if credentials is not None and not (at_sandbox and not credentials):
        found += find_problems(profile.credentials, credentials, "credentials")
    found += find_problems(profile.options, settings.options or {}, "settings", "options", is_whole=not at_sandbox)
    if profile.base_url is None and settings.base_url is None and not at_sandbox:
        found.append(FieldError(("settings", "base_url"), f"required: each {profile.title} account has its own"))
    problem = context.outgoing.find_problem(settings.base_url) if settings.base_url is not None else None
    if problem is not None:
        found.append(FieldError(("settings", "base_url"), problem))
    found += _find_address_problems(settings)
    if has_new_defaults and isinstance(profile, CarrierProfile):
        found += _find_default_problems(settings, profile)
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


def _find_default_problems(settings: ConnectionSettings, profile: CarrierProfile) -> list[FieldError]:
    """Find the default options and customs data that the carrier does not support with any service."""
    options, customs = settings.shipping_defaults, settings.customs_defaults
    found = _find_option_problems(options, profile) if options is not None else []
    if customs is not None:
        problems = find_default_problems(profile, customs)
        found += [replace(problem, path=("settings", "customs_defaults", *problem.path[1:])) for problem in problems]
    return found


def _find_option_problems(defaults: ShippingOptions, profile: CarrierProfile) -> list[FieldError]:
    found = find_option_problems(profile, merge_options(defaults, None), datetime.now(UTC))
    try:
        normalize_options(defaults)
    except Rejected as error:
        field = error.field or ROOT
        found.append(FieldError(tuple(field.split(".")), error.message.removeprefix(f"{field} ")))
    return [FieldError(("settings", "shipping_defaults", *problem.path[1:]), problem.message) for problem in found]


def schema_of_live(field: str, profiles: Mapping[str, Profile]) -> Callable[[JsonSchemaValue], None]:
    """Return a function that adds each vendor's required fields to a schema; the property `field` names the vendor."""
    rules = [_rule(field, profile) for profile in profiles.values()]
    return lambda schema: schema.update(allOf=rules)


def _rule(field: str, profile: Profile) -> JsonSchemaValue:
    settings: JsonSchemaValue = {
        "description": f"Settings of {profile.title}.",
        "properties": {"options": _schema(f"{profile.title} options", profile.options)},
    }
    then: JsonSchemaValue = {
        "properties": {
            "credentials": _schema(f"{profile.title} credentials", profile.credentials),
            "settings": settings,
        },
        "required": ["credentials"],
    }
    if profile.base_url is None:
        settings["properties"]["base_url"] = {"type": "string", "description": f"Address of the {profile.title} shop."}
        settings["required"] = ["base_url"]
        then["required"].append("settings")
    live = {"properties": {field: {"const": profile.name}, "mode": {"const": "live"}}, "required": [field]}
    return {"if": live, "then": then}


def _schema(title: str, fields: tuple[CredentialField, ...]) -> JsonSchemaValue:
    return {
        "title": title,
        "description": f"{title}, by name.",
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
        raise InvalidInput(
            [FieldError(("credentials",), "required when settings.base_url changes: send the credentials again")]
        )
