"""Keys as the copy holds them, each the plainest of its kind."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.auth.api_keys import NewSecret, make_secret
from telemetry_service.keys import current
from telemetry_service.keys.models import ApiKey, ApiKeySecret

MakeKey = Callable[..., "KeptKey"]


@dataclass(frozen=True)
class KeptKey:
    id: UUID
    text: str
    prefix: str


def keep_secret(key_id: UUID, *, ends_at: datetime | None = None) -> NewSecret:
    new = make_secret()
    ApiKeySecret.objects.create(
        prefix=new.prefix, key_id=key_id, digest=new.digest, hash_key=new.hash_key, ends_at=ends_at
    )
    return new


@pytest.fixture
def make_key(db: None, now: datetime) -> MakeKey:
    def make(*, ends_at: datetime | None = None, **fields: Any) -> KeptKey:
        said = {"name": "Pozo norte", "sources": [uuid4()], "updated_at": now} | fields
        key = ApiKey.objects.create(id=uuid4(), **said)
        new = keep_secret(key.id, ends_at=ends_at)
        return KeptKey(key.id, new.text, new.prefix)

    return make


@pytest.fixture(autouse=True)
def _fresh_process() -> None:
    """As a process that has met no key yet."""
    current.directory.cache_clear()
    current.limiter.cache_clear()
