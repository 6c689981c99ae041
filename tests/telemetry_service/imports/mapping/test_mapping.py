import pytest

from telemetry_service.imports.mapping.mapping import (
    FileForm,
    LongColumns,
    Mapping,
    Meaning,
    PointColumn,
    TimeColumns,
    ValueColumn,
    index_of,
    pack,
    plain,
    unpack,
)
from telemetry_service.imports.mapping.numbers import NumberForm
from telemetry_service.imports.mapping.units import fits

WIDE = Mapping(
    TimeColumns("fecha", "hora", ("%d-%m-%Y %H:%M",), "UTC-4"),
    PointColumn(constant="OB-1"),
    values=(ValueColumn("caudal", "flow", "m3/h"), ValueColumn("nivel", "level")),
    number=NumberForm(",", "."),
    file=FileForm("Hoja1", 3, "", "cp1252"),
)
LONG = Mapping(
    TimeColumns("ts"),
    PointColumn("punto"),
    long=LongColumns("variable", "valor", "unidad", (Meaning("Caudal", "flow", "l/s"),)),
)


@pytest.mark.parametrize("mapping", [WIDE, LONG])
def test_a_mapping_comes_back_as_it_was(mapping: Mapping) -> None:
    assert unpack(pack(mapping)) == mapping


def test_what_is_left_out_is_the_usual() -> None:
    said = {
        "time": {"column": "fecha"},
        "point": {"constant": "A"},
        "values": [{"column": "caudal", "variable": "flow"}],
    }
    mapping = unpack(said)
    assert (mapping.time.zone, mapping.number, mapping.file.header_row) == ("America/Santiago", NumberForm(), 1)


def test_there_is_a_verdict_for_each_column_of_values() -> None:
    assert (WIDE.value_columns, LONG.value_columns) == (("caudal", "nivel"), ("valor",))


@pytest.mark.parametrize("title", ["Fecha Medición", "fecha_medicion", "  FECHA   MEDICIÓN ", "\ufefffecha-medición"])
def test_capitals_accents_and_signs_do_not_matter(title: str) -> None:
    assert plain(title) == "fecha medicion"


def test_a_column_is_found_by_its_exact_name_first() -> None:
    header = ["Caudal", "caudal", "Nivel (m)", "x", "x"]
    assert [index_of(header, name) for name in ("Caudal", "caudal", "nivel m")] == [0, 1, 2]
    with pytest.raises(LookupError, match="más de una vez"):
        index_of(header, "CAUDAL")
    with pytest.raises(LookupError, match="más de una vez"):
        index_of(header, "x")
    with pytest.raises(LookupError, match="no está"):
        index_of(header, "total")


@pytest.mark.parametrize(
    ("variable", "unit", "right"),
    [("flow", "", True), ("flow", "m3/h", True), ("flow", "M³/h", True), ("flow", "m", False), ("level", "cm", True),
     ("total", "m3", True), ("total", "L", False), ("pulses", "", True), ("pulses", "m3", False),
     ("temperature", "°C", True), ("temperature", "F", True),
        ("temperature", "bar", False), ("conductivity", "µS/cm", True)],
)  # fmt: skip
def test_a_unit_that_would_not_be_converted_is_refused(variable: str, unit: str, right: bool) -> None:
    assert fits(variable, unit) is right
