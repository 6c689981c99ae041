"""Signs to take in, and a point to have them of."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from telemetry_service.alerts.kinds import Family, Kind
from telemetry_service.alerts.operations import Look, take_in
from telemetry_service.alerts.signs import Key, Sign
from tests.telemetry_service.health.conftest import check, send, source

__all__ = ["check", "send", "source"]

POINT = UUID("0b7e6b1e-2f0c-4a53-9a55-6a0b1de7c001")


@pytest.fixture
def sign(now: datetime) -> Callable[..., Sign]:
    def make(kind: Kind = Kind.OFFLINE, variable: str = "", *, point: UUID = POINT, **evidence: Any) -> Sign:
        return Sign(Key(point, variable, kind), now, f"{kind.label}: {evidence}", evidence or {"silent_s": 90_000})

    return make


@pytest.fixture
def look(db: None) -> Callable[..., int]:
    """A look at devices, unless said, that shows these signs."""

    def at(when: datetime, *signs: Sign, family: Family = Family.DEVICES, points: Any = None) -> int:
        return take_in(Look(family, signs, points), now=when)

    return at


@pytest.fixture
def stranger() -> list[UUID]:
    return [uuid4()]
