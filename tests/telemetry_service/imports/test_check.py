"""The dry run: it says what a run would do, and leaves nothing behind."""

import uuid
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from rest_framework.test import APIClient

from shared.testing import api_client, user_token
from telemetry_service.imports import operations, reading
from telemetry_service.imports.models import Import, Line
from telemetry_service.imports.work import look_for_imports
from telemetry_service.points.models import PointConfig
from telemetry_service.raw.models import ProcessBacklog, RawAnswer, RawTelemetryData, Series
from tests.telemetry_service.conftest import NOW
from tests.telemetry_service.imports.conftest import MAPPING, URL, at, rows_of

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


@pytest.fixture
def check(client: APIClient, upload: Make, csv_file: Make) -> Make:
    def send(lines: Any, mode: str = "insert", *, by: APIClient = client, **mapping: Any) -> Any:
        stream = lines if isinstance(lines, BytesIO) else csv_file(*lines)
        address = f"{URL}{upload(stream, by=by).json()['id']}/"
        body = {"mode": mode, "mapping": MAPPING | mapping}
        return by.post(f"{address}check/", body, format="json")

    return send


def problems(answer: Any) -> list[tuple[int, str, str]]:
    assert answer.json()["state"] == "checked", answer.json()["problem"]
    return [(one["row"], one["column"], one["problem"]) for one in answer.json()["report"]["problems"]]


def refused(answer: Any) -> str:
    assert answer.status_code == 200
    assert answer.json()["state"] == "refused", answer.json()["report"]
    return str(answer.json()["problem"]["errors"][0]["problem"])


def test_a_check_counts_and_explains(check: Make, arrive: Make, point: Any) -> None:
    arrive({-9: 30, -8: 31})
    lines = [*rows_of({-9: 30, -8: 32, -7: 33, -6: "x", -2: 35}), "ayer;1", f"{at(-1):%Y-%m-%dT%H:%M:%SZ};"]
    report = check(lines).json()["report"]
    assert (report["rows"], report["blank"]) == (7, 1)
    assert report["counts"] == {"stored": 2, "duplicate": 1, "conflict": 1, "rejected": 2}
    assert report["problems"] == [
        {"row": 3, "verdict": "conflict", "column": "nivel", "problem": "ya se conoce, con otro valor: 31",
         "received": "32", "expected": "si el archivo tiene la razón, use «replace»"},
        {"row": 5, "verdict": "rejected", "column": "nivel", "problem": "no es un número", "received": "x",
         "expected": "un número, o la celda vacía donde no hay lectura"},
        {"row": 7, "verdict": "rejected", "column": "fecha", "problem": "no se reconoce la fecha", "received": "ayer",
         "expected": "un formato de la lista: iso"},
    ]  # fmt: skip
    (series,) = report["series"]
    assert (series["point"], series["code"], series["variable"]) == (str(point), "OB-1", "level")
    assert (series["first"], series["last"]) == ("2026-01-02T03:00:00Z", "2026-01-02T10:00:00Z")
    assert (series["lowest"], series["highest"], series["step_s"]) == ("30", "35", 3600)
    gap = {"from": "2026-01-02T05:00:00Z", "to": "2026-01-02T10:00:00Z", "missing": 4}
    assert (series["gaps"], series["first_gaps"]) == (1, [gap])
    assert series["effect"] is None


def test_a_check_of_a_replacement_says_what_would_fall_silent(check: Make, arrive: Make) -> None:
    arrive({-5: 30, -4: 31, -3: 32, -2: "n/a", -1: 34})
    (series,) = check(rows_of({-4: 90, -3.5: 91.5, -2: 92}), "replace").json()["report"]["series"]
    effect = series["effect"]
    assert (effect["silenced"], effect["unheard"]) == (3, 0)
    assert (effect["first_silenced"], effect["last_silenced"]) == ("2026-01-02T08:00:00Z", "2026-01-02T10:00:00Z")
    before = {"count": 3, "sum": "63", "lowest": "31", "highest": "32", "first": "31", "last": "32"}
    after = {"count": 3, "sum": "273.5", "lowest": "90", "highest": "92", "first": "90", "last": "92"}
    assert (effect["before"], effect["after"]) == (before, after)


def test_a_replacement_of_months_is_weighed_whole(check: Make, arrive: Make) -> None:
    """Its two rows lie a quarter of a year apart: what is between them falls silent too."""
    arrive({-hours: 30 for hours in range(24, 24 * 100, 24)})
    (series,) = check(rows_of({-24 * 95: 1, -24 * 5: 2}), "replace").json()["report"]["series"]
    assert (series["effect"]["silenced"], series["effect"]["after"]["count"]) == (91, 2)


def test_nothing_is_left_of_a_check(check: Make, arrive: Make, table: Make) -> None:
    arrive({-5: 30})
    before = table(), RawTelemetryData.objects.count(), RawAnswer.objects.count(), Series.objects.count()
    check(rows_of({-4: 90, -5: 91}), "replace")
    assert (table(), RawTelemetryData.objects.count(), RawAnswer.objects.count(), Series.objects.count()) == before
    assert Line.objects.count() == ProcessBacklog.objects.count() == 0


def test_a_check_may_be_repeated_with_another_mapping(check: Make, client: APIClient, point: Any) -> None:
    answer = check(["fecha;nivel;otro", "2026-01-02T08:00:00Z;1,5;2"])
    assert problems(answer) == [(2, "nivel", "usa «,», y el decimal es «.»")]
    again = {"mode": "append", "mapping": MAPPING | {"number": {"decimal": ","}}}
    answer = client.post(f"{URL}{answer.json()['id']}/check/", again, format="json")
    assert (answer.json()["report"]["counts"], answer.json()["mode"]) == ({"stored": 1}, "append")
    assert [move["after"] for move in answer.json()["moves"]] == ["checking", "checked"] * 2


@pytest.mark.parametrize(
    ("lines", "mapping", "said"),
    [
        (["fecha;nivel"], {}, "no hay filas bajo la cabecera"),
        (["fecha;otra", "2026-01-02T08:00:00Z;1"], {}, "la columna «nivel» no está en la cabecera"),
        (["fecha;nivel;Nivel", "2026-01-02T08:00:00Z;1;2"], {"values": [{"column": "NIVEL", "variable": "level"}]},
         "la columna «NIVEL» está más de una vez"),
        (["fecha;nivel", "2026-01-02T08:00:00Z;1"], {"point": {"constant": "OB-9"}},
         "no existe ese punto, o usted no tiene acceso a él"),
        (["fecha;nivel", "2026-01-02T08:00:00Z;1"], {"file": {"header_row": 9}}, "esa fila está vacía"),
        (["fecha;nivel", "medición;1"], {"file": {"encoding": "utf-16"}}, "sus bytes no son texto en utf-16"),
        (["fecha;nivel", "2026-01-02T08:00:00Z;1"], {"file": {"delimiter": ","}},
         "la columna «fecha» no está en la cabecera"),
    ],
)  # fmt: skip
def test_a_file_that_does_not_fit_its_mapping_is_refused(
    check: Make, point: Any, lines: list[str], mapping: dict[str, Any], said: str
) -> None:
    assert refused(check(lines, **mapping)) == said


def test_a_sheet_that_is_not_there(check: Make, xlsx_file: Make, point: Any) -> None:
    assert refused(check(xlsx_file(["fecha", "nivel"], ["x", 1]), file={"sheet": "No"})) == "no existe esa hoja"


def test_more_rows_than_may_be(check: Make, point: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_ROWS", 3)
    lines = rows_of({-hour: 1 for hour in range(1, 5)})
    assert check(lines[:4]).json()["state"] == "checked"
    assert refused(check(lines)) == "tiene más de 3 filas"


def test_cells_that_are_no_readings(check: Make, xlsx_file: Make, point: Any) -> None:
    naive = at(-5).replace(tzinfo=None)
    stream = xlsx_file(["fecha", "nivel"], [naive, "=B3*2"], [naive, True], [naive, naive], ["=A2", 1], [naive, 1.5])
    assert problems(check(stream)) == [
        (2, "nivel", "es una fórmula"),
        (3, "nivel", "es verdadero o falso"),
        (4, "nivel", "es una fecha u hora"),
        (5, "fecha", "la fecha es una fórmula"),
    ]


def test_the_nights_of_the_clock_change_are_said(check: Make, point: Any) -> None:
    said = {"time": {"column": "fecha", "formats": ["%d-%m-%Y %H:%M"], "zone": "America/Santiago"}}
    lines = ["fecha;nivel", "05-04-2025 23:30;1", "07-09-2025 00:30;1", "07-09-2025 01:00;1", "02-01-2027 10:00;1"]
    assert problems(check(lines, **said)) == [
        (2, "fecha", "esa hora ocurrió dos veces, por el cambio de hora"),
        (3, "fecha", "esa hora no existió, por el cambio de hora"),
        (5, "fecha", "está en el futuro"),
    ]
    fixed = {"time": said["time"] | {"zone": "UTC-4"}}
    assert problems(check(lines[:4], **fixed)) == []


def test_the_first_fifty_problems_are_shown_and_all_are_counted(check: Make, point: Any) -> None:
    report = check(["fecha;nivel", *["ayer;1"] * 60]).json()["report"]
    assert (len(report["problems"]), report["problems_found"]) == (50, 60)
    assert "Se rechazaría el 100 %" in report["warnings"][0]


def test_a_point_that_is_anothers_is_as_one_that_is_not_there(check: Make, point: Any, make_point: Make) -> None:
    make_point("OB-2")
    some = api_client(user_token(points=[point], email="parcial@example.cl"))
    lines = ["punto;fecha;nivel", *(f"OB-{number};2026-01-02T08:00:00Z;1" for number in (1, 2, 3))]
    answer = check(lines, by=some, point={"column": "punto"})
    unseen = "no existe ese punto, o usted no tiene acceso a él"
    assert problems(answer) == [(3, "punto", unseen), (4, "punto", unseen)]


def test_a_total_said_in_cubic_metres_where_the_meter_counts_otherwise(check: Make, point: Any) -> None:
    config = {"pulse_constants": {"total": {"pulses_per_liter": 0.01}}}
    PointConfig.objects.create(point_id=point, version=1, valid_from=None, config=config)
    values = [{"column": "nivel", "variable": "total", "unit": "m3"}]
    report = check(rows_of({-2: 100}), values=values).json()["report"]
    assert report["warnings"] == ["OB-1: el totalizador se toma en cuentas del medidor, de 0.1 m³ cada una, no en m³."]


def test_a_large_file_is_checked_by_a_worker(
    check: Make, client: APIClient, point: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "AT_ONCE", 10)
    answer = check(rows_of({-2: 1, -1: 2}))
    assert (answer.status_code, answer.json()["state"], answer.json()["report"]) == (202, "checking", None)
    address = f"{URL}{answer.json()['id']}/"
    assert client.post(f"{address}run/", {}, format="json").status_code == 409
    assert look_for_imports(NOW) == 1
    assert client.get(address).json()["report"]["counts"] == {"stored": 2}


@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        ({"time": {"column": "fecha", "formats": ["%H:%M"]}}, "mapping.time.formats"),
        ({"time": {"column": "fecha", "zone": "America/Lima"}}, "mapping.time.zone"),
        ({"time": {}}, "mapping.time.column"),
        ({"point": {}}, "mapping.point"),
        ({"point": {"column": "a", "constant": "b"}}, "mapping.point"),
        ({"values": []}, "mapping.values"),
        ({"values": [{"column": "a", "variable": "flow"}, {"column": "b", "variable": "flow"}]}, "mapping.values"),
        ({"values": [{"column": "a", "variable": "flow"}, {"column": "a", "variable": "level"}]}, "mapping.values"),
        ({"values": [{"column": "a", "variable": "volume"}]}, "mapping.values.0.variable"),
        ({"values": [{"column": "a", "variable": "flow", "unit": "m"}]}, "mapping.values.0.unit"),
        ({"values": [{"column": f"c{n}", "variable": "flow"} for n in range(51)]}, "mapping.values"),
        ({"long": {"variable": "a", "value": "b", "names": []}}, "mapping.long.names"),
        ({"long": {"variable": "a", "value": "b", "names": [{"name": "x", "variable": "flow"}]}}, "mapping.values"),
        (
            {
                "values": None,
                "long": {"variable": "a", "value": "b", "names": [{"name": "x", "variable": "", "unit": "m"}]},
            },
            "mapping.long.names.0.unit",
        ),
        ({"number": {"decimal": ",", "thousands": ","}}, "mapping.number.thousands"),
        ({"number": {"decimal": ";"}}, "mapping.number.decimal"),
        ({"file": {"header_row": 0}}, "mapping.file.header_row"),
        ({"file": {"encoding": "ebcdic"}}, "mapping.file.encoding"),
        ({"otro": 1}, "mapping.otro"),
    ],
)
def test_a_mapping_that_says_nonsense_is_refused_by_its_part(check: Make, mapping: dict[str, Any], field: str) -> None:
    answer = check(rows_of({-2: 1}), **mapping)
    assert answer.status_code == 400
    assert field in {error["field"] for error in answer.json()["errors"]}
    assert Import.objects.get().state == "uploaded"


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "mode"), ({"mode": "guess", "mapping": MAPPING}, "mode"), ({"mode": "insert"}, "mapping"),
     ({"mode": "insert", "mapping": MAPPING, "mapping_name": "x"}, "mapping"),
     ({"mode": "insert", "mapping_name": "x"}, "mapping_name"), ({"mode": "insert", "mapping": []}, "mapping")],
)  # fmt: skip
def test_a_check_that_says_nonsense(upload: Make, csv_file: Make, client: APIClient, body: Any, field: str) -> None:
    address = f"{URL}{upload(csv_file(*rows_of({-2: 1}))).json()['id']}/"
    answer = client.post(f"{address}check/", body, format="json")
    assert answer.status_code == 400
    assert field in {error["field"] for error in answer.json()["errors"]}


def test_an_import_that_is_not_there(client: APIClient) -> None:
    for path in ("check/", "run/", "undo/", "redo/"):
        body = {"mode": "insert", "mapping": MAPPING} if path == "check/" else {"note": "x"}
        assert client.post(f"{URL}{uuid.uuid4()}/{path}", body, format="json").status_code == 404
