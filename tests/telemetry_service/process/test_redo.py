"""`manage.py replay` says what would differ and writes nothing; with --apply it is done, once."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from shared import clock
from shared.errors import Conflict
from telemetry_service.measurements.models import Measurement
from telemetry_service.points.models import Point
from telemetry_service.process.operations import process_backlog
from telemetry_service.process.redo import redo, replays
from telemetry_service.process.replay import MOST
from telemetry_service.raw.models import ProcessBacklog
from telemetry_service.raw.operations import claim_backlog, request_processing
from tests.telemetry_service.process.conftest import CONFIG, HOUR, NOW, START

pytestmark = pytest.mark.django_db
END = START + 72 * HOUR


@pytest.fixture(autouse=True)
def done(arrive: Any, feed: Any) -> None:
    arrive(feed([50_000 + 2 * hour for hour in range(72)]) + feed([20.0] * 72, "level"))
    process_backlog(NOW)


@pytest.fixture
def spoilt(point: UUID) -> None:
    Measurement.objects.filter(point_id=point, variable="level", time=START + 5 * HOUR).update(value=99)
    Measurement.objects.filter(point_id=point, variable="level", time=START + 6 * HOUR).delete()


def said(of: UUID, **options: Any) -> str:
    out = StringIO()
    asked = {"point": str(of), "start": START.isoformat(), "end": END.isoformat()} | options
    call_command("replay", stdout=out, **asked)
    return out.getvalue()


def stored() -> list[Any]:
    return list(Measurement.objects.order_by("variable", "time").values_list("variable", "time", "value", "quality"))


def test_it_shows_what_differs_and_writes_nothing(point: UUID, spoilt: None) -> None:
    before = stored()
    text = said(point)
    assert "1 nuevas, 1 distintas, 0 de más, 286 iguales" in text
    at = START + 5 * HOUR
    assert f"{at:%Y-%m-%d %H:%M:%S}  level: 99 calidad 1 → 20 calidad 1" in text
    assert "level: nada → 20 calidad 1" in text
    assert "No se escribió nada" in text
    assert (stored(), ProcessBacklog.objects.exists()) == (before, False)


def test_applied_it_is_done_and_then_nothing_differs(point: UUID, spoilt: None) -> None:
    text = said(point, apply=True)
    assert "Hecho: 2 mediciones" in text
    assert not ProcessBacklog.objects.exists()
    assert "0 nuevas, 0 distintas, 0 de más, 288 iguales" in said(point, apply=True)
    assert "Hecho: 0 mediciones" in said(point, apply=True)


def test_a_point_is_named_by_its_code_too(point: UUID) -> None:
    code = Point.objects.get(id=point).code
    out = StringIO()
    call_command("replay", point=code, start=START.isoformat(), end=END.isoformat(), stdout=out)
    assert "288 iguales" in out.getvalue()


def test_what_lies_behind_the_window_is_left_alone(point: UUID) -> None:
    levels = Measurement.objects.filter(point_id=point, variable="level")
    early, late = START + 30 * HOUR, START + 70 * HOUR
    levels.filter(time__in=[early, late]).update(value=98)
    assert redo(point_id=point, start=START + 28 * HOUR, end=START + 32 * HOUR, now=NOW) == 1
    assert (levels.get(time=early).value, levels.get(time=late).value) == (20, 98)


def test_a_supposed_configuration_is_shown(point: UUID, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(CONFIG | {"sensor_depth": 55.0}))
    text = said(point, config=path, valid_from=(START + 60 * HOUR).isoformat(), rows=1)
    assert "0 nuevas, 12 distintas" in text
    assert text.count("→") == 1
    assert "water_table: 40 calidad 1 → 35 calidad 1" in text


def test_a_window_longer_than_fits_comes_in_pieces(point: UUID) -> None:
    pieces = list(replays(point_id=point, start=START - 2 * MOST, end=END))
    assert len(pieces) == 3
    assert sum(one.same for one in pieces) == 288
    assert not any(one.new or one.changed or one.gone for one in pieces)


def test_a_point_that_somebody_is_at_is_left_to_him(point: UUID) -> None:
    now = clock.now()
    request_processing(point_id=point, from_time=START, now=now)
    claim_backlog(now=now, limit=1)
    with pytest.raises(Conflict):
        redo(point_id=point, start=START, end=END, now=now + timedelta(seconds=5))
    with pytest.raises(CommandError, match="Otro proceso"):
        said(point, apply=True)


def test_only_the_point_that_was_asked_for_is_taken(point: UUID, make_point: Any) -> None:
    other = make_point("OTRO").id
    request_processing(point_id=other, from_time=START, now=NOW - HOUR)
    assert redo(point_id=point, start=START, end=END, now=NOW) == 0
    assert list(ProcessBacklog.objects.values_list("point_id", "claimed_until")) == [(other, None)]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"point": "NADIE"}, "--point NADIE"),
        ({"start": "2024-03-25T12:00:00"}, "--from .* con zona"),
        ({"end": "mañana"}, "--to mañana"),
        ({"end": "2024-13-45T00:00:00Z"}, "--to 2024-13-45"),
        ({"end": START.isoformat()}, "--to no es posterior"),
        ({"valid_from": START.isoformat()}, "van juntos"),
        ({"config": Path("/nowhere.json"), "valid_from": START.isoformat()}, "no se puede leer"),
        ({"config": Path("/nowhere.json"), "valid_from": START.isoformat(), "apply": True}, "no guarda"),
    ],
)
def test_what_is_wrong_is_named(point: UUID, wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        said(point, **wrong)


def test_a_configuration_is_an_object(point: UUID, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text("[1]")
    with pytest.raises(CommandError, match="objeto JSON"):
        said(point, config=path, valid_from=START.isoformat())
