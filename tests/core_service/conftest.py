"""People and points for the tests of Core."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache

from core_service.catchment.models import CatchmentPoint
from core_service.catchment.operations import NewConfig, create_point
from core_service.users.models import User
from shared import clock
from shared.testing import api_client, user_token

MakePoint = Callable[..., CatchmentPoint]
PASSWORD = "Agua-clara-2026"


@pytest.fixture(autouse=True)
def _quick_and_alone(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


@pytest.fixture(autouse=True)
def hints(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the tasks that were asked for, in place of the broker."""
    asked: list[str] = []
    monkeypatch.setattr("core_service.clients.hints.nudge", lambda task: asked.append(task.name))
    return asked


@pytest.fixture
def make_point() -> MakePoint:
    def make(code: str = "OB-0601-12", config: dict[str, Any] | None = None, **fields: Any) -> CatchmentPoint:
        given = {"name": f"Pozo {code}", "latitude": "-33.45", "longitude": "-70.66", **fields}
        return create_point(
            fields={"code": code, **given}, config=NewConfig(config or {}, None), who="test", now=clock.now()
        )

    return make


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user("duena@example.cl", PASSWORD, name="Dueña")


@pytest.fixture
def staff(db: None) -> Any:
    """A client that may do everything."""
    return api_client(user_token())
