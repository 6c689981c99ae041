"""A device that pushes: its source, its key, and the whole way of a push."""

import json
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.telemetry_service.conftest import NOW
from tests.telemetry_service.push.world import World

KEY = UUID(int=77)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Make = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Holder:
    """A key that may push to these sources; None: to all."""

    key_id: UUID = KEY
    sources: frozenset[UUID] | None = None

    def may_push(self, source_id: UUID, point_id: UUID) -> bool:
        return self.sources is None or source_id in self.sources


@pytest.fixture
def world(made: World) -> World:
    """A service of its own, empty again. `made`: as the module wants it."""
    made.begin_again()
    return made


@pytest.fixture
def make_pushed(make_point: Make) -> Make:
    """A source of a PUSH account that is live."""
    from telemetry_service.providers.models import Provider, ProviderType
    from telemetry_service.raw.operations import map_series
    from telemetry_service.sources.models import Source, State

    def make(code: str = "OB-1", variables: Any = None, *, state: str = State.ACTIVE, **more: Any) -> Source:
        said = {"type": ProviderType.PUSH, "config": {}, "created_at": NOW, "created_by": "user:ops@example.cl"}
        provider = more.pop("provider", None) or Provider.objects.create(name=f"equipos {uuid.uuid4().hex[:6]}", **said)
        point = more.pop("point", None) or make_point(code)
        source = Source.objects.create(
            provider=provider,
            point=point,
            period_s=300,
            created_at=NOW,
            created_by="user:ops@example.cl",
            state=state,
            stop_reason="prueba" if state == State.STOPPED else "",
            **more,
        )
        map_series(
            source_id=source.id,
            origin=str(source.id),
            point_id=point.id,
            variables=variables or {"caudal": "flow", "nivel": "level"},
        )
        return source

    return make


@pytest.fixture
def months(db: None) -> None:
    from telemetry_service.raw.partitions import make_partitions_kept

    make_partitions_kept(now=NOW)


def row(source: Any, at: datetime = NOW, value: Any = 1.5, key: str = "caudal", **more: Any) -> dict[str, Any]:
    return {"source": str(source), "key": key, "time": at.isoformat(), "value": value, **more}


def send(rows: Any, *, holder: Any = None, idempotency_key: str = "", at: datetime = NOW, **how: Any) -> Any:
    """What is answered to these rows, JSON unless said otherwise."""
    from telemetry_service.push.keep.operations import keep
    from telemetry_service.push.keep.together import Together
    from telemetry_service.push.operations import push

    body = rows if isinstance(rows, bytes) else json.dumps(rows).encode()
    said = {"content_type": "application/json", "encoding": "", **how}
    answer = push(
        body=body,
        idempotency_key=idempotency_key,
        holder=holder or Holder(),
        now=at,
        together=Together(lambda pushes: keep(pushes, now=at)),
        **said,
    )
    return json.loads(answer)


def verdicts(answer: Any) -> list[str]:
    return [one["verdict"] for one in answer["verdicts"]]


def stored() -> set[tuple[str, datetime, str]]:
    """Key, device time and value of every row; none may be there twice."""
    from telemetry_service.raw.models import RawTelemetryData

    rows = [
        (key, at.astimezone(UTC), value)
        for key, at, value in RawTelemetryData.objects.values_list("key", "device_time", "value")
    ]
    assert len(rows) == len(set(rows))
    return set(rows)


def csv_of(rows: Iterable[dict[str, Any]]) -> bytes:
    columns = ["source", "key", "time", "value"]
    lines = [",".join(columns), *(",".join(str(one[name]) for name in columns) for one in rows)]
    return "\r\n".join([*lines, ""]).encode()


def ndjson_of(rows: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in rows)
