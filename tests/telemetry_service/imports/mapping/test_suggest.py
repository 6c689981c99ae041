"""What a header and some rows suggest."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from telemetry_service.imports.files.cells import Cell, Row
from telemetry_service.imports.mapping.names import meaning_of, unit_in
from telemetry_service.imports.mapping.suggest import DOUBT, NO_HOUR, THOUSANDS, TWO_SIGNS, suggest


def rows(*content: Sequence[Cell]) -> list[Row]:
    return [Row(number, tuple(cells)) for number, cells in enumerate(content, start=1)]


@pytest.mark.parametrize(
    ("title", "meaning"),
    [
        ("fecha", "time"), ("Fecha Medición", "time"), ("fecha_medicion", "time"), ("FECHA Y HORA", "time"),
        ("Timestamp", "time"), ("datetime", "time"), ("Hora", "clock"), ("Punto", "point"),
        ("Código de obra", "point"), ("variable", "variable"), ("Valor", "value"), ("Unidad", "unit"),
        ("Caudal (L/s)", "flow"), ("caudal_instantaneo", "flow"), ("Flow rate [m3/h]", "flow"), ("5001", "flow"),
        ("Q", "flow"), ("Nivel", "level"), ("Nivel freático (m)", "water_table"), ("Totalizador m3", "total"),
        ("Volumen acumulado", "total"), ("pulsos", "pulses"), ("Temperatura °C", "temperature"), ("pH", "ph"),
        ("Observaciones", ""), ("", ""), ("id", ""),
    ],
)  # fmt: skip
def test_titles_as_vendors_and_people_write_them(title: str, meaning: str) -> None:
    assert meaning_of(title) == meaning


@pytest.mark.parametrize(
    ("title", "variable", "unit"),
    [("Caudal (L/s)", "flow", "l/s"), ("Flow [m³/h]", "flow", "m3/h"), ("caudal_lps", "flow", "lps"),
     ("Nivel", "level", ""), ("Caudal (pies)", "flow", ""), ("Total m3", "total", "m3"), ("Nivel (cm)", "level", "cm")],
)  # fmt: skip
def test_a_unit_in_the_title(title: str, variable: str, unit: str) -> None:
    assert unit_in(title, variable) == unit


def test_a_wide_file_of_a_chilean_spreadsheet() -> None:
    found = suggest(
        rows(
            ["Informe del pozo", "", "", ""],
            ["Fecha", "Hora", "Caudal (L/s)", "Nivel freático (m)", "Totalizador"],
            ["25-03-2024", "17:00", "12,5", "30,25", "1.234,5"],
            ["26-03-2024", "18:00", "0", "30,1", "1.240,0"],
        ),
        sheet="Hoja1",
    )
    assert found.mapping == {
        "time": {"column": "Fecha", "clock": "Hora", "formats": ["%d-%m-%Y %H:%M"], "zone": "America/Santiago"},
        "point": {"column": "", "constant": ""},
        "values": [
            {"column": "Caudal (L/s)", "variable": "flow", "unit": "l/s"},
            {"column": "Nivel freático (m)", "variable": "water_table", "unit": "m"},
            {"column": "Totalizador", "variable": "total", "unit": ""},
        ],
        "number": {"decimal": ",", "thousands": "."},
        "file": {"sheet": "Hoja1", "header_row": 2, "delimiter": "", "encoding": ""},
    }
    assert found.doubts == []


def test_a_long_file_of_a_vendor() -> None:
    found = suggest(
        rows(
            ["time", "variable", "value", "unit", "device"],
            ["2024-03-25T17:00:00.000Z", "caudal", "12.67", "l/s", "OB-1"],
            ["2024-03-25T17:00:00.000Z", "5003", "42500", "m3", "OB-1"],
            ["2024-03-25T17:00:00.000Z", "bateria", "99", "%", "OB-1"],
        )
    )
    assert found.mapping["long"] == {
        "variable": "variable",
        "value": "value",
        "unit": "unit",
        "names": [
            {"name": "caudal", "variable": "flow", "unit": ""},
            {"name": "5003", "variable": "total", "unit": ""},
        ],
    }
    assert "values" not in found.mapping
    assert (found.mapping["point"]["column"], found.mapping["time"]["formats"]) == ("device", ["iso"])
    assert found.mapping["number"] == {"decimal": ".", "thousands": ""}


@pytest.mark.parametrize(
    ("cells", "form", "doubts"),
    [
        (["25/03/2024 10:00"], "%d/%m/%Y %H:%M", []),
        (["05/03/2024 10:00"], "%d/%m/%Y %H:%M", [DOUBT]),
        (["05/03/2024 10:00", "25/03/2024 10:00"], "%d/%m/%Y %H:%M", []),
        (["03/25/2024 10:00"], "%m/%d/%Y %H:%M", []),
        (["25-03-2024"], "%d-%m-%Y", [NO_HOUR]),
        (["2024-03-25 10:00:00"], "iso", []),
        (["1711378800000"], "epoch_ms", []),
        (["1711378800"], "epoch_s", []),
        (["45376.5"], "excel", []),
        ([45376.5], "excel", []),
        (["25-03-2024 10:00:00 p. m."], "%d-%m-%Y %I:%M:%S %p", []),
        ([datetime(2024, 3, 25)], None, []),  # noqa: DTZ001
        (["ayer"], None, ["No se reconoce el formato de la fecha."]),
        ([], None, []),
    ],
)
def test_the_form_that_reads_every_time(cells: list[Any], form: str | None, doubts: list[str]) -> None:
    found = suggest(rows(["fecha", "caudal"], *([cell, 1] for cell in cells)))
    assert found.mapping["time"]["formats"] == ([form] if form else [])
    assert found.doubts == doubts


@pytest.mark.parametrize(
    ("texts", "decimal", "thousands", "doubts"),
    [
        (["12,5", "7"], ",", "", []),
        (["12.5"], ".", "", []),
        (["1.234,56"], ",", ".", []),
        (["1,234.56"], ".", ",", []),
        (["12,5", "12.75"], ",", "", [TWO_SIGNS]),
        (["1.234", "5.678"], ".", "", [THOUSANDS]),
        (["1,234"], ",", "", [THOUSANDS]),
        (["n/a", "12"], ".", "", []),
    ],
)
def test_the_sign_of_the_decimals(texts: list[str], decimal: str, thousands: str, doubts: list[str]) -> None:
    found = suggest(rows(["fecha", "caudal"], *(["25-03-2024 10:00", text] for text in texts)))
    assert found.mapping["number"] == {"decimal": decimal, "thousands": thousands}
    assert found.doubts == doubts


def test_of_two_columns_of_one_variable_the_first() -> None:
    found = suggest(rows(["fecha", "caudal", "flow"], ["25-03-2024 10:00", "1", "2"]))
    assert [value["column"] for value in found.mapping["values"]] == ["caudal"]


def test_a_header_that_says_nothing_is_the_first_row() -> None:
    found = suggest(rows(["a", "b"], ["25-03-2024 10:00", "1"]))
    assert found.mapping["file"]["header_row"] == 1
    assert found.mapping["values"] == []
    assert found.doubts == ["No se reconoce cuál es la columna de la fecha."]


def test_nothing_at_all() -> None:
    assert suggest([]).mapping["values"] == []
