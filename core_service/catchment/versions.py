"""Which version of a configuration holds when. Plain Python."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeVar


class Version(Protocol):
    @property
    def version(self) -> int: ...
    @property
    def valid_from(self) -> datetime | None: ...


AnyVersion = TypeVar("AnyVersion", bound=Version)


def version_at(versions: Iterable[AnyVersion], at: datetime) -> AnyVersion | None:
    """The version that holds at `at`: the latest to begin by then; of two that begin together, the higher number."""
    begun = [one for one in versions if one.valid_from is None or one.valid_from <= at]
    return max(begun, key=_order, default=None)


def _order(one: Version) -> tuple[bool, float, int]:
    valid_from = one.valid_from
    return (valid_from is not None, valid_from.timestamp() if valid_from else 0.0, one.version)
