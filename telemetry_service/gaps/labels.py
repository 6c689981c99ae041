"""Names that are stored, each with what people read: as Django's TextChoices, without Django."""

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """Members are written `NAME = "stored", "leído"`."""

    _value_: str
    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    @classmethod
    def values(cls) -> list[str]:
        return [member.value for member in cls]

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(member.value, member.label) for member in cls]
