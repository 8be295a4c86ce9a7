"""Base model of the simulators' request checks."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator


class VendorModel(BaseModel):
    """One part of a vendor's request; fields that the vendor's description lacks are refused.

    `documented`: fields of the description that the simulator accepts and ignores.
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
