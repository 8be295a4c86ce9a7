"""The models by which the simulators check requests."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator


class VendorModel(BaseModel):
    """One part of a vendor's request: what the vendor's description does not name is refused.

    `documented` are fields that the description has and the simulator does not play: they are taken and ignored.
    """

    model_config = ConfigDict(extra="forbid")
    documented: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def _ignore_documented(cls, value: Any) -> Any:
        if not isinstance(value, dict) or not cls.documented:
            return value
        ignored = cls.documented - cls.model_fields.keys()
        return {name: part for name, part in value.items() if name not in ignored}
