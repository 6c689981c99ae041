"""An import is put down piece by piece, heard when it is whole, and can be undone and called back."""

import csv
import io
import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections
from rest_framework.test import APIClient

from shared.testing import api_client, service_token, user_token
from telemetry_service.imports import work
from telemetry_service.imports.models import Chunk, Import, Move, Piece
from telemetry_service.imports.put import chunks, running
from telemetry_service.imports.work import look_for_imports
from telemetry_service.raw.models import RawAnswer, RawTelemetryData, Series
from telemetry_service.raw.precedence import Rank
from tests.telemetry_service.conftest import NOW
from tests.telemetry_service.imports.conftest import MAPPING, URL, rows_of

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


@pytest.fixture
def queue(client: APIClient, upload: Make, csv_file: Make, point: UUID) -> Make:
    """An import that waits for a worker; gives its address."""

    def send(lines: Any, mode: str = "insert", *, by: APIClient = client, note: str = "") -> str:
        address = f"{URL}{upload(csv_file(*lines)).json()['id']}/"
        by.post(f"{address}check/", {"mode": mode, "mapping": MAPPING}, format="json")
        answer = by.post(f"{address}run/", {"note": note}, format="json")
        assert (answer.status_code, answer.json()["state"]) == (202, "queued"), answer.json()
        return address

    return send


def result_of(client: APIClient, address: str) -> list[list[str]]:
    answer = client.get(f"{address}result/")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";"))


def test_the_result_file_has_every_row_with_its_verdict(
    client: APIClient, upload: Make, csv_file: Make, arrive: Make
) -> None:
    arrive({-5: 30})
    lines = [
        "fecha;nivel;caudal;nota",
        "2026-01-02T07:00:00Z;31;1,5;a",
        "2026-01-02T08:00:00Z;32;2;=A1",
        "x;1;;-3",
    ]
    values = [*MAPPING["values"], {"column": "caudal", "variable": "flow"}]  # type: ignore[misc]
    address = f"{URL}{upload(csv_file(*lines)).json()['id']}/"
    client.post(f"{address}check/", {"mode": "insert", "mapping": MAPPING | {"values": values}}, format="json")
    assert client.get(f"{address}result/").status_code == 409
    client.post(f"{address}run/", {}, format="json")
    look_for_imports(NOW)
    head, *rows = result_of(client, address)
    assert head == [
        "fila", "veredicto nivel", "motivo nivel", "veredicto caudal", "motivo caudal",
        "fecha", "nivel", "caudal", "nota",
    ]  # fmt: skip
    comma = "caudal: usa «,», y el decimal es «.» ⇒ 12.5; o diga que el decimal es «,»"
    known = "ya se conoce, con otro valor: 30"
    assert rows[0] == ["2", "conflict", known, "rejected", comma, "2026-01-02T07:00:00Z", "31", "1,5", "a"]
    assert rows[1][:5] == ["3", "stored", "", "stored", ""]
    assert rows[1][8] == "'=A1"
    when = "fecha: no se reconoce la fecha ⇒ un formato de la lista: iso"
    assert rows[2] == ["4", "rejected", when, "", "", "x", "1", "", "-3"]


def test_a_single_column_of_values_needs_no_name(client: APIClient, queue: Make) -> None:
    address = queue(rows_of({-2: 1}))
    look_for_imports(NOW)
    assert result_of(client, address)[0] == ["fila", "veredicto", "motivo", "fecha", "nivel"]


def test_nothing_is_heard_before_the_last_piece_is_down(
    client: APIClient, queue: Make, levels: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "ROWS", 3)
    monkeypatch.setattr(work, "AT_A_LOOK", 2)
    address = queue(rows_of({-hour: hour for hour in range(1, 9)}))
    look_for_imports(NOW)
    said = client.get(address).json()
    assert (said["state"], said["rows_done"], said["rows_total"]) == ("running", 6, 8)
    assert said["counts"] == {"stored": 6}
    assert Series.objects.get(source_id=said["id"]).withdrawn_at is not None
    look_for_imports(NOW)
    said = client.get(address).json()
    assert (said["state"], said["rows_done"]) == ("done", 8)
    assert Series.objects.get(source_id=said["id"]).withdrawn_at is None
    assert [row[0] for row in result_of(client, address)] == ["fila", *(str(n) for n in range(2, 10))]
    assert list(Chunk.objects.order_by("number").values_list("first_row", "last_row")) == [(2, 4), (5, 7), (8, 9)]


def test_each_move_says_who_when_and_why(client: APIClient, load: Make, point: UUID, turn: Make) -> None:
    done = load(rows_of({-2: 1}), "replace", note="sensor nuevo")
    turn("undo", done["id"], "era otro pozo")
    moves = client.get(f"{URL}{done['id']}/").json()["moves"]
    person, service = "user:ops@example.cl", "service:telemetry"
    assert [(one["before"], one["after"], one["by"], one["note"]) for one in moves] == [
        ("uploaded", "checking", person, ""),
        ("checking", "checked", service, ""),
        ("checked", "queued", person, "sensor nuevo"),
        ("queued", "running", service, ""),
        ("running", "done", service, ""),
        ("done", "undone", person, "era otro pozo"),
    ]


def test_doing_it_twice_changes_nothing(client: APIClient, load: Make, point: UUID, turn: Make) -> None:
    done = load(rows_of({-2: 1, -1: 2}))
    address = f"{URL}{done['id']}/"
    assert client.post(f"{address}run/", {}, format="json").json()["state"] == "done"
    assert turn("redo", done["id"]).status_code == 200
    assert turn("undo", done["id"]).status_code == 200
    moves = Move.objects.count()
    assert turn("undo", done["id"]).json()["state"] == "undone"
    assert (Move.objects.count(), RawTelemetryData.objects.count()) == (moves, 2)


def test_the_same_file_brought_again_says_so_and_stores_nothing_twice(load: Make, point: UUID) -> None:
    first = load(rows_of({-2: 1, -1: 2}))
    again = load(rows_of({-2: 1, -1: 2}))
    assert again["id"] != first["id"]
    assert [one["id"] for one in again["same_file"]] == [first["id"]]
    assert again["counts"] == {"duplicate": 2}
    assert RawTelemetryData.objects.count() == 2


def test_what_may_not_follow_is_refused(client: APIClient, queue: Make, turn: Make, load: Make) -> None:
    address = queue(rows_of({-2: 1}))
    import_id = address.split("/")[-2]
    for path, body in (
        ("undo", {"note": "x"}),
        ("redo", {"note": "x"}),
        ("check", {"mode": "insert", "mapping": MAPPING}),
    ):
        answer = client.post(f"{address}{path}/", body, format="json")
        assert answer.status_code == 409, path
    look_for_imports(NOW)
    assert turn("undo", import_id, "").status_code == 400
    assert turn("undo", import_id).status_code == 200
    assert client.post(f"{address}run/", {}, format="json").status_code == 409


def test_a_replacement_needs_a_reason(client: APIClient, upload: Make, csv_file: Make, point: UUID) -> None:
    address = f"{URL}{upload(csv_file(*rows_of({-2: 1}))).json()['id']}/"
    body = {"mode": "replace", "mapping": MAPPING}
    reader = api_client(user_token(scopes=["telemetry:read"]))
    assert reader.post(f"{address}check/", body, format="json").status_code == 403
    client.post(f"{address}check/", body, format="json")
    answer = client.post(f"{address}run/", {"note": " "}, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "note")


def test_a_service_replaces_nothing(upload: Make, csv_file: Make, settings: Any, at_noon: Any, point: UUID) -> None:
    settings.SERVICE_SCOPES = {"core": ["telemetry:read", "telemetry:write"]}
    machine = api_client(service_token("core"))
    address = f"{URL}{upload(csv_file(*rows_of({-2: 1})), by=machine).json()['id']}/"
    answer = machine.post(f"{address}check/", {"mode": "replace", "mapping": MAPPING}, format="json")
    assert (answer.status_code, answer.json()["detail"]) == (
        403,
        "Reemplazar lo que dijo un equipo es cosa de una persona.",
    )
    assert machine.post(f"{address}check/", {"mode": "insert", "mapping": MAPPING}, format="json").status_code == 200


def test_points_are_those_of_whoever_runs_it(
    client: APIClient, upload: Make, csv_file: Make, point: UUID, make_point: Make
) -> None:
    """It was checked with two points; meanwhile one was taken from the person."""
    other = make_point("OB-2")
    tokens = [
        api_client(user_token(points=points, email="parcial@example.cl")) for points in ([point, other.id], [point])
    ]
    lines = ["punto;fecha;nivel", "OB-1;2026-01-02T08:00:00Z;1", "OB-2;2026-01-02T08:00:00Z;1"]
    address = f"{URL}{upload(csv_file(*lines), by=tokens[0]).json()['id']}/"
    body = {"mode": "insert", "mapping": MAPPING | {"point": {"column": "punto"}}}
    assert tokens[0].post(f"{address}check/", body, format="json").json()["report"]["counts"] == {"stored": 2}
    tokens[1].post(f"{address}run/", {}, format="json")
    look_for_imports(NOW)
    assert tokens[1].get(address).json()["counts"] == {"stored": 1, "rejected": 1}


def test_imports_run_one_after_the_other_the_oldest_first(client: APIClient, queue: Make) -> None:
    """Both bring the same hour: the first is stored, the second finds it known."""
    first, second = queue(rows_of({-2: 1})), queue(rows_of({-2: 1, -1: 2}))
    Import.objects.filter(id=first.split("/")[-2]).update(moved_at=NOW.replace(year=2025))
    look_for_imports(NOW)
    assert client.get(first).json()["counts"] == {"stored": 1}
    assert client.get(second).json()["counts"] == {"stored": 1, "duplicate": 1}


def test_a_broken_import_keeps_no_other_waiting(client: APIClient, queue: Make) -> None:
    broken, good = queue(rows_of({-2: 1})), queue(rows_of({-1: 2}))
    Import.objects.filter(id=broken.split("/")[-2]).update(moved_at=NOW.replace(year=2025))
    Piece.objects.filter(file__imports=broken.split("/")[-2]).update(body=b"x\x9c\x03\x00\x00\x00\x00\x01")
    look_for_imports(NOW)
    said = client.get(broken).json()
    assert (said["state"], client.get(good).json()["state"]) == ("failed", "done")
    assert "SHA-256 no coincide" in said["problem"]["detail"]


def test_what_nobody_meant_is_tried_some_times_and_then_said(
    client: APIClient, queue: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*args: Any, **more: Any) -> Any:
        raise RuntimeError("broken on purpose")

    address = queue(rows_of({-2: 1}))
    with monkeypatch.context() as patched:
        patched.setattr(running, "absorb", break_down)
        for _ in range(work.MOST_FAILURES - 1):
            with pytest.raises(RuntimeError):
                look_for_imports(NOW)
        look_for_imports(NOW)
    said = client.get(address).json()
    assert (said["state"], said["problem"]["detail"]) == ("failed", "Error interno (RuntimeError): quedó registrado.")
    assert client.post(f"{address}run/", {}, format="json").json()["state"] == "queued"
    look_for_imports(NOW)
    assert client.get(address).json()["state"] == "done"


def test_how_it_stands_to_the_others(load: Make, arrive: Make) -> None:
    arrive({-5: 30})
    inserted = load(rows_of({-4: 31}))
    replaced = load(rows_of({-3: 31, -2: 30}), "replace", note="x")
    series = {str(one.source_id): one for one in Series.objects.all()}
    plain, correction = series[inserted["id"]], series[replaced["id"]]
    assert (plain.rank, plain.holds_s, plain.span_from, plain.key) == (Rank.FIRST, 3600, None, "OB-1/level")
    assert (correction.rank, correction.holds_s) == (Rank.CORRECTION, 0)
    assert (NOW - correction.span_from).total_seconds() == 3 * 3600
    assert (NOW - correction.span_to).total_seconds() == 2 * 3600


def test_a_raw_row_leads_back_to_the_file(load: Make, point: UUID) -> None:
    done = load(rows_of({-4: "31.50"}))
    row = RawTelemetryData.objects.get()
    assert (str(row.source_id), row.value, row.flags) == (done["id"], "31.50", 0)
    body = zlib.decompress(RawAnswer.objects.get(id=row.answer_id).body).decode()
    assert done["id"] in body
    assert done["file"]["sha256"] in body


WORKER = """
import os, sys
import django
django.setup()
from telemetry_service.imports.put import chunks, running
from telemetry_service.imports.work import look_for_imports
from shared import clock
running.ROWS = 50
keep = running._keep
def slowly(*args):
    keep(*args)
    print("piece", flush=True)
    sys.stdin.readline()  # inside of the transaction
running._keep = slowly
look_for_imports(clock.now())
"""


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process at the tests' own database. It waits for a line after each piece, before it commits."""
    script = tmp_path / "worker.py"
    settings = connection.settings_dict
    url = f"postgresql://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
    script.write_text(WORKER)
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "telemetry_service.settings"}
    process = subprocess.Popen(
        [sys.executable, str(script)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield process
    process.kill()
    process.communicate()


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_leaves_nothing_half_done(
    client: APIClient, queue: Make, worker_of: Make, levels: Make
) -> None:
    address = queue(rows_of({-hour / 60: hour for hour in range(1, 301)}))
    worker: subprocess.Popen[str] = worker_of()
    assert worker.stdin
    assert worker.stdout
    for _ in range(2):
        assert worker.stdout.readline() == "piece\n"
        worker.stdin.write("\n")
        worker.stdin.flush()
    assert worker.stdout.readline() == "piece\n"  # this one is not committed
    assert client.get(address).json()["rows_done"] == 100
    assert look_for_imports(NOW) == 0  # another is at it
    worker.send_signal(signal.SIGKILL)
    worker.wait(10)
    deadline = time.monotonic() + 10
    while not look_for_imports(NOW) and time.monotonic() < deadline:
        time.sleep(0.05)  # until the database has noticed
    said = client.get(address).json()
    assert (said["state"], said["rows_done"], said["counts"]) == ("done", 300, {"stored": 300})
    assert RawTelemetryData.objects.count() == 300
    assert [row[0] for row in result_of(client, address)[1:]] == [str(number) for number in range(2, 302)]


@pytest.fixture
def worker_of(request: pytest.FixtureRequest) -> Make:
    return lambda: request.getfixturevalue("worker")


@pytest.mark.django_db(transaction=True)
def test_a_check_that_another_worker_is_at_is_left_to_it(
    client: APIClient, upload: Make, csv_file: Make, point: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telemetry_service.imports import operations

    monkeypatch.setattr(operations, "AT_ONCE", 10)
    address = f"{URL}{upload(csv_file(*rows_of({-2: 1}))).json()['id']}/"
    client.post(f"{address}check/", {"mode": "insert", "mapping": MAPPING}, format="json")
    import_id = address.split("/")[-2]
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"import {import_id}"])
        assert look_for_imports(NOW) == 0
        assert client.get(address).json()["state"] == "checking"
    finally:
        other.close()
    deadline = time.monotonic() + 10
    while not look_for_imports(NOW) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert client.get(address).json()["state"] == "checked"


def test_pieces_are_of_a_size_that_a_transaction_carries() -> None:
    assert 500 <= chunks.ROWS <= 5000
