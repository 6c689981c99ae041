"""Readings written down by hand: with an author and a reason, told from a device's, and undone like any import."""

import uuid
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from shared.testing import api_client, service_token, user_token
from telemetry_service.imports.models import Import
from telemetry_service.imports.work import look_for_imports
from telemetry_service.process.operations import process_backlog
from telemetry_service.raw.flags import Flag
from telemetry_service.raw.models import RawTelemetryData, Series
from tests.telemetry_service.conftest import NOW
from tests.telemetry_service.imports.conftest import MAPPING, URL, at, rows_of

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
MANUAL = "/api/telemetry/readings/manual/"


@pytest.fixture
def write(client: APIClient, point: UUID) -> Make:
    def send(values: dict[float, Any], mode: str = "insert", *, by: APIClient = client, **more: Any) -> Any:
        readings = [
            {"point": str(point), "variable": "level", "time": at(hour).isoformat(), "value": str(value)} | more
            for hour, value in values.items()
        ]
        answer = by.post(MANUAL, {"readings": readings, "note": "visita a terreno", "mode": mode}, format="json")
        process_backlog(NOW)
        return answer

    return send


def fields(answer: Any) -> dict[str, str]:
    assert answer.status_code == 400
    return {error["field"]: error["problem"] for error in answer.json()["errors"]}


def test_a_reading_has_its_author_and_its_reason(write: Make, levels: Make) -> None:
    answer = write({-3: "32.50", -2: 33})
    assert answer.status_code == 201
    said = answer.json()
    assert (said["kind"], said["state"], said["mode"]) == ("manual", "done", "insert")
    assert (said["created_by"], said["note"]) == ("user:ops@example.cl", "visita a terreno")
    stored = {"verdict": "stored", "reason": ""}
    assert said["report"] == {"verdicts": [stored, stored], "silenced": 0}
    assert [move["after"] for move in said["moves"]] == ["done"]
    assert levels() == {-3: 32.5, -2: 33}
    rows = RawTelemetryData.objects.order_by("device_time")
    assert [(row.value, Flag(row.flags)) for row in rows] == [("32.50", Flag.MANUAL), ("33", Flag.MANUAL)]


def test_each_reading_has_its_verdict(write: Make, arrive: Make, levels: Make) -> None:
    arrive({-3: 32, -2: 33})
    answer = write({-3: 32, -2: 40, -1: 34})
    verdicts = [one["verdict"] for one in answer.json()["report"]["verdicts"]]
    assert verdicts == ["duplicate", "conflict", "stored"]
    assert levels() == {-3: 32, -2: 33, -1: 34}


def test_a_correction_takes_the_place_of_what_was_there_and_gives_it_back(
    write: Make, arrive: Make, levels: Make, table: Make, turn: Make
) -> None:
    arrive({-4: 31, -3: 999, -2: 33})
    before = table()
    answer = write({-3: 32}, "replace")
    assert answer.json()["report"]["silenced"] == 1
    assert levels() == {-4: 31, -3: 32, -2: 33}
    turn("undo", answer.json()["id"])
    assert table() == before
    turn("redo", answer.json()["id"])
    assert levels() == {-4: 31, -3: 32, -2: 33}


def test_the_same_words_again_change_nothing(write: Make, turn: Make) -> None:
    first, again = write({-3: 32}, "replace"), write({-3: " 32"}, "replace")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert Import.objects.count() == RawTelemetryData.objects.count() == 1
    turn("undo", first.json()["id"])
    assert write({-3: 32}, "replace").status_code == 201
    other = api_client(user_token(email="otra@example.cl"))
    assert write({-3: 32}, "replace", by=other).status_code == 201


def test_a_unit_is_kept_and_converted(write: Make, levels: Make) -> None:
    assert write({-3: 3250}, unit="cm").status_code == 201
    assert RawTelemetryData.objects.get().unit == "cm"
    assert levels() == {-3: 32.5}


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"point": str(uuid.uuid4())}, "readings[0].point", "no existe ese punto"),
        ({"point": "OB-0601-12"}, "readings.0.point", "no es el id de un punto"),
        ({"unit": "l/s"}, "readings[0].unit", "no es una unidad de level"),
        ({"time": at(24).isoformat()}, "readings[0].time", "fuera de lo que se conserva"),
        ({"time": "2019-01-01T00:00:00Z"}, "readings[0].time", "fuera de lo que se conserva"),
        ({"time": "2026-01-01T00:00:00"}, "readings.0.time", "falta la zona horaria"),
        ({"value": "x"}, "readings.0.value", "no es un número"),
        ({"value": "12,5"}, "readings.0.value", "usa «,»"),
        ({"value": ""}, "readings.0.value", "falta"),
        ({"value": True}, "readings.0.value", "verdadero o falso"),
        ({"value": [1]}, "readings.0.value", "no es un número"),
        ({"variable": "volume"}, "readings.0.variable", "volume"),
        ({"otro": 1}, "readings.0.otro", "campo desconocido"),
    ],
)
def test_a_reading_that_cannot_be_is_refused_and_none_is_stored(
    write: Make, change: dict[str, Any], field: str, said: str
) -> None:
    assert said in fields(write({-3: 32}, **change))[field]
    assert Import.objects.count() == RawTelemetryData.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [({"note": ""}, "note"), ({"note": "   "}, "note"), ({"readings": []}, "readings"), ({"mode": "append"}, "mode")],
)
def test_what_is_missing_is_named(client: APIClient, point: UUID, change: dict[str, Any], field: str) -> None:
    reading = {"point": str(point), "variable": "level", "time": at(-1).isoformat(), "value": "1"}
    body = {"readings": [reading], "note": "visita"} | change
    assert field in fields(client.post(MANUAL, body, format="json"))


def test_only_a_few_at_once(client: APIClient, point: UUID) -> None:
    reading = {"point": str(point), "variable": "level", "time": at(-1).isoformat(), "value": "1"}
    answer = client.post(MANUAL, {"readings": [reading] * 101, "note": "visita"}, format="json")
    assert "son demasiadas" in fields(answer)["readings"]


def test_only_a_person_who_may_write_and_only_for_his_points(write: Make, settings: Any, make_point: Make) -> None:
    assert write({-3: 32}, by=api_client(user_token(scopes=["telemetry:read"]))).status_code == 403
    other = api_client(user_token(points=[make_point("OB-2").id]))
    assert "usted no tiene acceso" in fields(write({-3: 32}, by=other))["readings[0].point"]
    settings.SERVICE_SCOPES = {"core": ["telemetry:write"]}
    assert write({-3: 32}, by=api_client(service_token("core"))).status_code == 403


def test_an_import_that_is_being_put_down_counts_as_known(
    write: Make, upload: Make, csv_file: Make, client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telemetry_service.imports import work
    from telemetry_service.imports.put import running

    monkeypatch.setattr(running, "ROWS", 1)
    monkeypatch.setattr(work, "AT_A_LOOK", 1)
    address = f"{URL}{upload(csv_file(*rows_of({-3: 32, -2: 33}))).json()['id']}/"
    client.post(f"{address}check/", {"mode": "insert", "mapping": MAPPING}, format="json")
    client.post(f"{address}run/", {}, format="json")
    look_for_imports(NOW)
    assert client.get(address).json()["rows_done"] == 1
    verdicts = [one["verdict"] for one in write({-3: 40, -2: 41}).json()["report"]["verdicts"]]
    assert verdicts == ["conflict", "stored"]
    look_for_imports(NOW)
    assert client.get(address).json()["counts"] == {"stored": 1, "conflict": 1}


def test_a_later_correction_speaks_before_an_earlier_file(write: Make, load: Make, levels: Make) -> None:
    load(rows_of({-4: 90, -2: 90}), "replace", note="sensor descolgado")
    write({-2: 33}, "replace")
    assert levels() == {-4: 90, -2: 33}
    assert sorted(Series.objects.values_list("rank", flat=True)) == [-1, 0]
