import io
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from compliance_service.authorities.dga.defaults import CONFIG
from compliance_service.files.columns import BadFile, Row, as_csv, as_xlsx, columns_of, read

WORK = "OB-0601-12"
WELL = columns_of(CONFIG, "subterranea")
AT = datetime(2024, 5, 13, 4, tzinfo=UTC)
ROWS = [
    Row(AT + timedelta(days=day), {"caudal": "1.50", "totalizador": f"{1010 + day}", "nivelFreaticoDelPozo": "9.85"})
    for day in range(3)
]
GOLDEN = (
    "\ufeffCódigo OB;Fecha Medición;Hora Medición;Caudal(l/s);Totalizador(m3);Nivel Freatico(m)\r\n"
    "OB-0601-12;13-05-2024;00:00:00;1.50;1010;9.85\r\n"
    "OB-0601-12;14-05-2024;00:00:00;1.50;1011;9.85\r\n"
    "OB-0601-12;15-05-2024;00:00:00;1.50;1012;9.85\r\n"
)


def test_golden_bytes_of_a_wells_file() -> None:
    assert as_csv(WELL, WORK, ROWS).decode() == GOLDEN


@pytest.mark.parametrize(
    ("resource", "headings"),
    [
        ("superficial", ["Código OB", "Fecha Medición", "Hora Medición", "Caudal(l/s)", "Altura limnimétrica (cm)"]),
        ("flujometro", ["Código OB", "Fecha Medición", "Hora Medición", "Caudal(l/s)", "Totalizador(m3)"]),
    ],
)
def test_each_resource_has_its_columns(resource: str, headings: list[str]) -> None:
    assert [heading for heading, _ in columns_of(CONFIG, resource)] == headings


@given(
    st.lists(st.integers(0, 20_000), unique=True, min_size=1, max_size=20),
    st.decimals(0, 9999, places=2),
    st.sampled_from([as_csv, as_xlsx]),
)
def test_what_is_written_is_read_back(hours: list[int], flow: object, write: object) -> None:
    rows = [
        Row(AT + timedelta(hours=hour), {"caudal": str(flow), "totalizador": "1", "nivelFreaticoDelPozo": ""})
        for hour in hours
    ]
    assert read(write(WELL, WORK, rows), WELL, WORK) == rows  # type: ignore[operator]


def test_cells_of_excel_are_text() -> None:
    sheet = load_workbook(io.BytesIO(as_xlsx(WELL, WORK, ROWS))).worksheets[0]
    assert {cell.data_type for line in sheet.iter_rows() for cell in line} == {"s"}


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("Caudal(l/s)", "Caudal", 1, "columnas"),
        ("OB-0601-12;14", "OB-0601-13;14", 3, "otra obra"),
        ("14-05-2024", "2024-05-14", 3, "fecha y hora"),
        ("1.50;1011;9.85", "1.50;1011", 3, "5 columnas"),
        ("14-05-2024", "13-05-2024", 0, "dos veces"),
    ],
)
def test_a_wrong_file_names_the_row_and_what_is_wrong(old: str, new: str, line: int, says: str) -> None:
    with pytest.raises(BadFile) as refused:
        read(GOLDEN.replace(old, new, 1).encode(), WELL, WORK)
    assert (refused.value.line, says in refused.value.problem) == (line, True)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"PK\x03\x04 no", GOLDEN.split("\n")[0].encode()])
def test_what_is_no_file_of_ours_is_refused(content: bytes) -> None:
    with pytest.raises(BadFile):
        read(content, WELL, WORK)
