"""A point, an account of it and a source, each the plainest of its kind."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
# When `measured` begins, and whose its readings are.
START = datetime(2024, 3, 25, 17, tzinfo=UTC)
SOURCE = uuid.UUID("5d0c9f2a-3b1e-4f7d-8a66-0e4b7c9d1f20")


@pytest.fixture
def now() -> datetime:
    return NOW


SHIPPED: list[Any] = []


def _bring_back_what_migrations_wrote() -> None:
    """Such a test ends with every table empty, those that migrations filled as well."""
    from telemetry_service.measurements.models import Variable

    if not SHIPPED:
        SHIPPED.extend(Variable.objects.all())
    if not Variable.objects.exists():
        Variable.objects.bulk_create(SHIPPED)


@pytest.fixture(autouse=True)
def _tables_end_empty(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test without a surrounding transaction leaves in tables that Django does not manage goes at its end."""
    mark = request.node.get_closest_marker("django_db")
    if not (mark and mark.kwargs.get("transaction")) and "transactional_db" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("transactional_db")
    from django.apps import apps
    from django.db import connection

    from shared.db.partitions import drop_before

    _bring_back_what_migrations_wrote()
    yield
    for model in apps.get_models():
        if not model._meta.managed:
            drop_before(connection, model._meta.db_table, date(2100, 1, 1))
            with connection.cursor() as cursor:
                cursor.execute(f'TRUNCATE "{model._meta.db_table}"')


@pytest.fixture
def make_point(db: None) -> Callable[..., Any]:
    from telemetry_service.points.models import Point

    def make(code: str = "OB-0601-12", **more: Any) -> Point:
        said = {"name": f"Pozo {code}", "point_type": "WELL", "status": "active", "updated_at": NOW}
        return Point.objects.create(id=uuid.uuid4(), code=code, **(said | more))

    return make


@pytest.fixture
def make_provider(db: None, httpserver: HTTPServer, settings: Any) -> Callable[..., Any]:
    """An account whose provider is the test's own server."""
    from telemetry_service.providers.models import Provider
    from telemetry_service.providers.operations import create_provider

    settings.OUTBOUND_ALLOW = ["localhost", "127.0.0.1"]

    def make(preset: str = "tago", name: str = "cuenta", *, credentials: Any = None, **changes: Any) -> Provider:
        base = {"base_url": httpserver.url_for("").rstrip("/"), "limits": {"rate": "1000/s", "retries": 0}}
        login = {"username": "ops@example.cl", "password": "secreto-de-prueba"} if preset in {"tdata", "twin"} else {}
        return create_provider(
            name=name,
            preset_name=preset,
            changes=base | changes,
            credentials=credentials or login,
            actor="user:ops@example.cl",
            now=NOW,
        )

    return make


@pytest.fixture
def make_source(make_provider: Callable[..., Any], make_point: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    from telemetry_service.collect.poll import close_collector
    from telemetry_service.sources.models import Source
    from telemetry_service.sources.operations import create_source

    params = {"tago": {"token": "token-000-secreto"}, "thingsio": {"thing_token": "cosa-000-secreta"}}

    def make(preset: str = "tago", *, provider: Any = None, point: Any = None, **more: Any) -> Source:
        provider = provider or make_provider(preset)
        said = {
            "params": params.get(preset, {"device": "8f1d2c30"}),
            "variables": {"caudal": "flow", "total": "total"},
            "period_s": 3600,
            "phase_s": 0,  # NOW is a full hour
            "history_from": None,
            "actor": "user:ops@example.cl",
            "now": NOW,
            "live": True,
        }
        point = point or make_point(f"P-{uuid.uuid4().hex[:6]}")
        return create_source(provider_id=provider.id, point_id=point.id, **(said | more))

    yield make
    close_collector()


@pytest.fixture
def measured(db: None) -> Callable[..., int]:
    """Hourly measurements of one series, good unless said."""
    from telemetry_service.measurements.store import make_partitions, merge

    def build(
        point: uuid.UUID, variable: str, values: list[Any], *, quality: int = 1, reasons: int = 0, **more: Any
    ) -> int:
        times = [START + timedelta(hours=hour) for hour in range(len(values))]
        make_partitions(times)
        rest = (None, quality, reasons, SOURCE, more.get("version", 1), None)
        rows = [(point, variable, time, value, *rest) for time, value in zip(times, values, strict=True)]
        return merge(rows, now=more.get("now", START + timedelta(minutes=2)))

    return build
