"""Keys of devices, each the plainest of its kind."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from core_service.keys.operations import Asker, Made, create_key

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
STAFF = Asker("user:ops@example.cl", None)
SOURCE = UUID("0c4f4a53-6a58-4c1e-9f6e-0d9f6f1a2b10")
MakeKey = Callable[..., Made]


@pytest.fixture
def make_key(db: None) -> MakeKey:
    def make(*, asker: Asker = STAFF, now: datetime = AT, **fields: Any) -> Made:
        plain = {"name": f"Logger {uuid4().hex[:6]}", "sources": [SOURCE], "points": [], "expires_at": None}
        return create_key(fields=plain | fields, asker=asker, now=now)

    return make
