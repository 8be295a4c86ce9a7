"""What carrier accounts and bridges have in common: write-only credentials, and settings that are merged."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints
from pydantic.json_schema import JsonSchemaValue, SkipJsonSchema

from api.http.body import validate
from api.http.context import ApiContext
from api.http.types import Label, PatchModel, RequestModel, ResponseModel, Timestamp, Value
from domain.channels import Bridge
from domain.errors import FieldError, InvalidInput
from domain.json_values import Json, to_json
from domain.shipping import AccountStatus, CarrierAccount, ConnectionSettings, Mode, SafetyClass
from domain.vendors.profile import CredentialField, Profile, RealVendor, find_problems
from workflows.operations.common_inputs import value_of

MASK = "********"

Secret = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
Credentials = Annotated[dict[Label, Secret], Field(max_length=20)]
"""Secrets by name; they are stored encrypted and never shown again."""
Option = Annotated[str, StringConstraints(min_length=1, max_length=500)]


ModeField = Annotated[Mode, Field(description="`test` uses the sandbox. It can't be changed later.")]

InputStatus = Literal[AccountStatus.ACTIVE, AccountStatus.PAUSED]


class SettingsFields(RequestModel):
    """How a carrier or channel is reached; without a `base_url` it is this installation's own sandbox, or the vendor.

    `safety_class` says what a simulated one offers after an ambiguous call; `recover_for_seconds` for how long a weak
    lookup is asked again. `max_concurrent` and `max_per_second` limit the purchases, pushes, voids and cancels that
    are in flight or begun, over all workers. `options` are a real vendor's own.
    """

    base_url: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None
    read_timeout_seconds: Annotated[float, Field(strict=True, ge=1, le=120)] | None = None
    safety_class: SafetyClass | None = None
    recover_for_seconds: Annotated[float, Field(strict=True, ge=0, le=30 * 86_400)] | None = None
    max_concurrent: Annotated[int, Field(strict=True, ge=1, le=1000)] | None = None
    max_per_second: Annotated[float, Field(strict=True, ge=0.01, le=1000)] | None = None
    options: Annotated[dict[Label, Option], Field(max_length=20)] | None = None


class ConnectionCreate(RequestModel):
    """What both are created from; each adds whom it connects to and its own settings."""

    name: Label
    mode: ModeField = Mode.TEST
    settings: SettingsFields
    credentials: Credentials = Field(default_factory=dict)


def _refuse_mode(_: object) -> None:
    raise ValueError("can't be changed: create another one with the other mode")


class ConnectionUpdate(PatchModel):
    """What is to change; settings are merged, credentials are replaced as a whole."""

    mode: SkipJsonSchema[Annotated[None, BeforeValidator(_refuse_mode)]] = None
    name: Label = ""
    status: InputStatus = AccountStatus.ACTIVE
    settings: Json = Field(default_factory=dict, description="Settings to change; null takes one away.")
    credentials: Credentials = Field(
        default_factory=dict,
        description="All of them. Needed where `settings.base_url` changes: stored ones are sent to no other address.",
    )


class ConnectionRead(ResponseModel):
    """What both show; `credentials` tells which secrets are set, never what they are."""

    id: UUID
    name: str
    mode: Mode
    status: AccountStatus
    status_reason: str | None
    settings: Value
    credentials: dict[str, str]
    created_at: Timestamp
    updated_at: Timestamp


def checked_settings(
    given: SettingsFields, profile: Profile, mode: Mode, credentials: Mapping[str, str] | None, context: ApiContext
) -> ConnectionSettings:
    """Return settings as the domain's value, once they are what the vendor asks for.

    `credentials` is None where they stay as they are.

    Raises:
        InvalidInput: naming every field that is missing, unknown or malformed.
    """
    settings = value_of(ConnectionSettings, given)
    is_test = mode is Mode.TEST
    found = _simulated_problems(profile, settings) if is_test else _real_problems(profile, settings, credentials)
    problem = context.outgoing.find_problem(settings.base_url) if settings.base_url is not None else None
    if problem is not None:
        found.append(FieldError(("settings", "base_url"), problem))
    if found:
        raise InvalidInput(found)
    return settings


def _simulated_problems(profile: Profile, settings: ConnectionSettings) -> list[FieldError]:
    if not profile.simulated:
        return [FieldError(("mode",), f"must be live: the sandbox does not play {profile.name}")]
    return find_problems((), settings.options or {}, "settings", "options")


def _real_problems(
    profile: Profile, settings: ConnectionSettings, credentials: Mapping[str, str] | None
) -> list[FieldError]:
    real = profile.real
    if real is None:
        return [FieldError(("mode",), f"must be test: nothing here speaks to the real {profile.name}")]
    found = [] if credentials is None else find_problems(real.credentials, credentials, "credentials")
    found += find_problems(real.options, settings.options or {}, "settings", "options")
    if real.base_url is None and settings.base_url is None:
        found.append(FieldError(("settings", "base_url"), f"needed: each {real.title} account has its own"))
    if settings.safety_class is not None:
        found.append(FieldError(("settings", "safety_class"), f"only for simulated ones: {real.title} has its own"))
    return found


def schema_of_real(field: str, profiles: Mapping[str, Profile]) -> Callable[[JsonSchemaValue], None]:
    """Tell the schema of a creation what each real vendor asks for; the property `field` names the vendor."""
    rules = [_rule(field, profile.name, profile.real) for profile in profiles.values() if profile.real is not None]

    def extend(schema: JsonSchemaValue) -> None:
        if rules:
            schema["allOf"] = rules

    return extend


def _rule(field: str, name: str, real: RealVendor) -> JsonSchemaValue:
    settings: JsonSchemaValue = {"properties": {"options": _schema(f"{real.title} options", real.options)}}
    then: JsonSchemaValue = {
        "properties": {"credentials": _schema(f"{real.title} credentials", real.credentials), "settings": settings},
        "required": ["credentials"],
    }
    if real.base_url is None:
        settings["required"] = ["base_url"]
        then["required"].append("settings")
    this = {"properties": {field: {"const": name}, "mode": {"const": "live"}}, "required": [field, "mode"]}
    return {"if": this, "then": then}


def _schema(title: str, asked: tuple[CredentialField, ...]) -> JsonSchemaValue:
    return {
        "title": title,
        "type": "object",
        "properties": {
            secret.name: {"type": "string", "description": secret.meaning, "pattern": secret.pattern}
            for secret in asked
        },
        "required": [secret.name for secret in asked if secret.required],
        "additionalProperties": False,
    }


def merged_settings(
    model: type[SettingsFields], stored: ConnectionSettings, changes: Mapping[str, Any]
) -> SettingsFields:
    """Change some settings; null takes one away. Raises InvalidInput if the settings are not valid afterwards."""
    merged = {name: value for name, value in {**to_json(stored), **changes}.items() if value is not None}
    return validate(model, merged, "settings")


def refuse_another_address(stored: CarrierAccount | Bridge, settings: ConnectionSettings) -> None:
    """Let stored credentials go to no address but the one that they were given for.

    They are write-only, and whoever may change the address would read them there.

    Raises:
        InvalidInput: there are credentials, and the base URL is another one than before, or gone.
    """
    if stored.credential_names and settings.base_url != stored.settings.base_url:
        raise InvalidInput([FieldError(("credentials",), "needed with another settings.base_url: give them anew")])
