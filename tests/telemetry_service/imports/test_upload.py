"""A file comes in: what it is, what it suggests, and who may see it."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from rest_framework.test import APIClient

from shared.testing import api_client, service_token, user_token
from telemetry_service.imports.files.shape import MOST_BYTES
from telemetry_service.imports.keeping import bytes_of
from telemetry_service.imports.models import File, Import, Piece
from tests.telemetry_service.imports.conftest import URL

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
LINES = ("Fecha;Hora;Caudal (m3/h);Observación", "25-03-2024;17:00;12,5;año", "25-03-2024;18:00;;")


def errors(response: Any) -> dict[str, str]:
    assert response["Content-Type"].startswith("application/problem+json")
    return {error["field"]: error["problem"] for error in response.json()["errors"]}


def test_a_file_is_kept_byte_for_byte_and_suggests_its_mapping(upload: Make, csv_file: Make, client: APIClient) -> None:
    body = csv_file(*LINES, encoding="latin-1").getvalue()
    answer = upload(BytesIO(body), "informe marzo.csv")
    assert answer.status_code == 201
    said = answer.json()
    assert (said["state"], said["kind"], said["created_by"]) == ("uploaded", "file", "user:ops@example.cl")
    assert said["file"] == {
        "name": "informe marzo.csv",
        "size": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    assert said["preview"]["encoding"] == "cp1252"
    assert said["preview"]["rows"][1] == {"row": 2, "cells": ["25-03-2024", "17:00", "12,5", "año"]}
    assert said["suggested"]["values"] == [{"column": "Caudal (m3/h)", "variable": "flow", "unit": "m3/h"}]
    assert said["suggested"]["number"]["decimal"] == ","
    assert said["same_file"] == []
    original = client.get(f"{URL}{said['id']}/file/")
    assert b"".join(original.streaming_content) == body
    assert "attachment" in original["Content-Disposition"]


def test_a_book_shows_its_sheets(upload: Make, xlsx_file: Make, client: APIClient) -> None:
    at = datetime(2024, 3, 25, 17)  # noqa: DTZ001 a spreadsheet knows no zone
    stream = xlsx_file(Pozo=[["fecha", "caudal"], [at, 12.5]], Otra=[["fecha", "nivel"], [at, "=A1"]])
    said = upload(stream, "libro.xlsx").json()
    assert said["preview"]["sheets"] == ["Pozo", "Otra"]
    assert said["preview"]["rows"][1]["cells"] == ["2024-03-25 17:00:00", "12.5"]
    other = client.get(f"{URL}{said['id']}/preview/", {"sheet": "Otra"}).json()
    assert other["suggested"]["values"][0]["variable"] == "level"
    assert other["suggested"]["file"]["sheet"] == "Otra"
    assert other["preview"]["rows"][1]["cells"][1] == "=A1"
    assert client.get(f"{URL}{said['id']}/preview/", {"sheet": "No"}).status_code == 400


def test_only_the_first_rows_are_shown(upload: Make, csv_file: Make) -> None:
    said = upload(csv_file("fecha;caudal", *[f"2024-03-25 {n % 24:02}:00;{n}" for n in range(100)])).json()
    assert [row["row"] for row in said["preview"]["rows"]] == list(range(1, 22))


def test_the_same_file_of_the_same_person_is_the_same_import_until_it_was_run(upload: Make, csv_file: Make) -> None:
    first = upload(csv_file(*LINES))
    again = upload(csv_file(*LINES), "otro nombre.csv")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert Import.objects.count() == File.objects.count() == 1


def test_the_same_file_of_another_person_says_so_and_is_kept_once(upload: Make, csv_file: Make) -> None:
    first = upload(csv_file(*LINES)).json()
    other = upload(csv_file(*LINES), by=api_client(user_token(email="otra@example.cl")))
    assert other.status_code == 201
    assert [one["id"] for one in other.json()["same_file"]] == [first["id"]]
    assert (Import.objects.count(), File.objects.count()) == (2, 1)


def test_a_large_file_is_kept_in_pieces(upload: Make, csv_file: Make) -> None:
    stream = csv_file("fecha;caudal", *[f"2024-03-25 10:00;{n}" for n in range(120_000)])
    body = stream.getvalue()
    upload(stream)
    file = File.objects.get()
    assert Piece.objects.count() == 3
    assert b"".join(bytes_of(file)) == body


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "es un Excel antiguo (.xls) o tiene contraseña"),
        (b"PK\x03\x04rubbish", "no se puede leer como XLSX (BadZipFile)"),
        (b"solo texto sin columnas\n", "no se reconoce qué separa las columnas"),
        (b"\x89PNG\r\n\x1a\n\0\0", "no es un archivo de texto ni un XLSX"),
    ],
)
def test_what_is_no_table_is_not_kept(upload: Make, body: bytes, said: str) -> None:
    answer = upload(BytesIO(body), "datos.xlsx")
    assert (answer.status_code, errors(answer)["file"]) == (400, said)
    assert Import.objects.count() == File.objects.count() == 0


def test_an_empty_file_and_no_file(upload: Make, client: APIClient) -> None:
    assert upload(BytesIO(b"")).status_code == 400
    assert client.post(URL, {}, format="multipart").status_code == 400
    assert client.post(URL, {"file": "texto"}, format="multipart").status_code == 400
    assert client.post(URL, {"file": BytesIO(b"a;b\n1;2\n"), "otro": "x"}, format="multipart").status_code == 400
    assert client.post(URL, {"file": "x"}, format="json").status_code == 415


def test_too_large_a_body_is_refused_before_it_is_read(client: APIClient) -> None:
    answer = client.post(URL, {"file": BytesIO(b"a;b\n1;2\n")}, format="multipart", CONTENT_LENGTH=MOST_BYTES + 2**20)
    assert answer.status_code == 400
    assert "51.0 MB" in errors(answer)["file"]


def test_a_name_is_only_a_name(upload: Make, csv_file: Make) -> None:
    said = upload(csv_file(*LINES), "../../etc/passwd").json()
    assert said["file"]["name"] == "passwd"


def test_to_bring_a_file_needs_the_right_to_write(upload: Make, csv_file: Make, at_noon: datetime) -> None:
    reader = api_client(user_token(scopes=["telemetry:read"]))
    assert upload(csv_file(*LINES), by=reader).status_code == 403
    assert upload(csv_file(*LINES), by=api_client()).status_code == 401
    assert reader.get(URL).status_code == 200


def test_who_may_see_some_points_sees_his_own_imports_only(
    upload: Make, csv_file: Make, client: APIClient, point: Any
) -> None:
    theirs = upload(csv_file(*LINES)).json()
    some = api_client(user_token(points=[point], email="parcial@example.cl"))
    mine = upload(csv_file(*LINES), by=some).json()
    assert [one["id"] for one in some.get(URL).json()["results"]] == [mine["id"]]
    assert mine["same_file"] == []
    for path in ("", "preview/", "file/", "result/"):
        assert some.get(f"{URL}{theirs['id']}/{path}").status_code == 404
    assert client.get(f"{URL}{mine['id']}/").status_code == 200
    assert api_client(service_token("compliance")).get(URL).status_code == 200


def test_imports_come_in_pages_the_newest_first(upload: Make, csv_file: Make, client: APIClient) -> None:
    made = [upload(csv_file("fecha;caudal", f"2024-03-25 10:00;{n}")).json()["id"] for n in range(5)]
    seen, asked = [], {"limit": "2", "kind": "file"}
    for _ in range(3):
        page = client.get(URL, asked).json()
        seen += [one["id"] for one in page["results"]]
        asked["cursor"] = page["next"]
    assert page["next"] is None
    assert sorted(seen) == sorted(made)
    assert client.get(URL, {"kind": "manual"}).json()["results"] == []
    assert client.get(URL, {"cursor": "bm8"}).status_code == 400
    assert client.get(URL, {"kind": "fax"}).status_code == 400
