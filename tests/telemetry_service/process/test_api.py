"""Asking for a recomputation and deciding about proposed meters, over HTTP."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.testing import api_client, user_token
from telemetry_service.measurements.models import Measurement
from telemetry_service.process.models import Meter, MeterChange, MeterMove
from telemetry_service.process.operations import process_backlog
from telemetry_service.raw.models import ProcessBacklog

pytestmark = pytest.mark.django_db
METERS = "/api/telemetry/meters/"


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []
    monkeypatch.setattr("telemetry_service.process.api.nudge", lambda task: bool(sent.append(task.name) or True))
    return sent


@pytest.fixture
def proposal(arrive: Any, feed: Any, now: Any) -> Meter:
    arrive(feed([49_990, 50_000, 12, 15]))
    process_backlog(now)
    return Meter.objects.get()


def client(**token: Any) -> Any:
    return api_client(user_token(**token))


def test_processing_is_asked_for_from_the_first_row(
    point: UUID, arrive: Any, feed: Any, now: Any, messages: Any
) -> None:
    arrive(feed([50_000, 50_010]))
    process_backlog(now)
    answer = client().post("/api/telemetry/process/", {"point": str(point), "from": None, "to": None}, format="json")
    assert answer.status_code == 202
    assert answer.json() == {"point": str(point), "requested": True, "from": "2024-03-25T12:00:00Z", "queued": True}
    assert messages == ["telemetry.process_backlog"]
    assert ProcessBacklog.objects.get().point_id == point


def test_a_point_without_rows_has_nothing_to_process(point: UUID, messages: Any) -> None:
    answer = client().post("/api/telemetry/process/", {"point": str(point)}, format="json")
    assert (answer.status_code, answer.json()["requested"], messages) == (202, False, [])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "point"),
        ({"point": "x"}, "point"),
        ({"from": "2024-01-01T00:00:00"}, "from"),
        ({"from": "2100-01-01T00:00:00Z"}, "from"),
        ({"from": "2024-01-02T00:00:00Z", "to": "2024-01-01T00:00:00Z"}, "to"),
        ({"hasta": 1}, "hasta"),
    ],
)
def test_a_bad_field_is_named(point: UUID, body: dict[str, Any], field: str) -> None:
    said = body if field == "point" else {"point": str(point)} | body
    answer = client().post("/api/telemetry/process/", said, format="json")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_processing_an_unknown_point_and_a_foreign_one(point: UUID) -> None:
    unknown = client().post("/api/telemetry/process/", {"point": str(uuid4())}, format="json")
    foreign = client(points=[uuid4()]).post("/api/telemetry/process/", {"point": str(point)}, format="json")
    assert (unknown.status_code, foreign.status_code) == (404, 403)


def test_a_proposal_is_shown_and_confirmed(proposal: Meter, point: UUID, now: Any, totals: Any, messages: Any) -> None:
    (shown,) = client().get(METERS, {"status": "proposed"}).json()["results"]
    assert (shown["point"], shown["opening_reading"], shown["previous_reading"]) == (str(point), "12", "50000")
    answer = client(email="ana@example.cl").post(f"{METERS}{proposal.id}/confirm/")
    assert (answer.status_code, answer.json()["status"]) == (200, "confirmed")
    process_backlog(now)
    assert totals() == [(49_990, 1), (50_000, 1), (12, 1), (15, 1)]
    assert MeterMove.objects.get().moved_by == "user:ana@example.cl"


def test_a_confirmed_meter_is_undone_by_rejecting_it(
    arrive: Any, feed: Any, now: Any, totals: Any, messages: Any
) -> None:
    arrive(feed([49_990, 50_000, 12, 15, 19, 24, 28, 31, 35]))
    process_backlog(now)
    meter = Meter.objects.get(status="confirmed")
    assert client().post(f"{METERS}{meter.id}/reject/").status_code == 200
    process_backlog(now)
    assert {quality for _, quality in totals()[2:]} == {3}
    assert Meter.objects.get().status == "rejected"
    assert client().post(f"{METERS}{meter.id}/reject/").status_code == 409


def test_a_meter_of_another_is_not_there(proposal: Meter) -> None:
    stranger = client(points=[uuid4()])
    assert stranger.get(METERS).json()["results"] == []
    assert stranger.post(f"{METERS}{proposal.id}/confirm/").status_code == 404
    assert client(scopes=["telemetry:read"]).post(f"{METERS}{proposal.id}/confirm/").status_code == 403


def test_meters_come_in_pages(proposal: Meter) -> None:
    proposal.pk, proposal.installed_at = None, proposal.installed_at.replace(year=2023)
    proposal.save()
    first = client().get(METERS, {"limit": 1}).json()
    second = client().get(METERS, {"limit": 1, "cursor": first["next"]}).json()
    assert [page["results"][0]["installed_at"][:4] for page in (first, second)] == ["2024", "2023"]
    assert second["next"] is None


def test_a_meter_that_starts_at_zero_is_entered(
    point: UUID, arrive: Any, feed: Any, now: Any, totals: Any, messages: Any
) -> None:
    arrive(feed([0, 0, 3]))
    process_backlog(now)
    assert [quality for _, quality in totals()][:2] == [2, 2]
    entered = {"point": str(point), "installed_at": "2024-03-25T12:00:00Z", "opening_reading": "0"}
    answer = client(email="ana@example.cl").post(METERS, entered, format="json")
    assert (answer.status_code, answer.json()["decided_by"]) == (201, "user:ana@example.cl")
    process_backlog(now)
    assert totals() == [(0, 1), (0, 1), (3, 1)]
    assert client().post(METERS, entered, format="json").status_code == 409


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"installed_at": "2024-03-25"}, "installed_at"),
        ({"installed_at": 20240325}, "installed_at"),
        ({"installed_at": "2999-01-01T00:00:00Z"}, "installed_at"),
        ({"removed_at": "2024-03-25T12:00:00Z"}, "removed_at"),
        ({"litres_per_pulse": "0"}, "litres_per_pulse"),
        ({"opening_reading": -1}, "opening_reading"),
        ({"digits": 0}, "digits"),
        ({"serie": "A-1"}, "serie"),
    ],
)
def test_a_bad_meter_is_refused_whole(point: UUID, wrong: dict[str, Any], field: str) -> None:
    entered = {"point": str(point), "installed_at": "2024-03-25T12:00:00Z"} | wrong
    answer = client().post(METERS, entered, format="json")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Meter.objects.exists()


def test_a_meter_is_corrected_and_what_was_read_on_it_made_anew(
    arrive: Any, feed: Any, now: Any, point: UUID, messages: Any
) -> None:
    arrive(feed([49_990, 50_000, 12, 15, 19, 24, 28, 31, 35]))
    process_backlog(now)
    meter = Meter.objects.get(status="confirmed")
    url = f"{METERS}{meter.id}/"
    answer = client(email="ana@example.cl").patch(url, {"litres_per_pulse": "100", "digits": 6}, format="json")
    assert (answer.status_code, answer.json()["litres_per_pulse"], answer.json()["digits"]) == (200, "100", 6)
    process_backlog(now)
    volumes = Measurement.objects.filter(point_id=point, variable="volume").order_by("time")
    assert list(volumes.values_list("value", flat=True))[-1] == 12.3  # ten, and 23 pulses of a tenth of a m³
    change = MeterChange.objects.get()
    assert change.changed_by == "user:ana@example.cl"
    assert (change.before, change.after) == (
        {"litres_per_pulse": None, "digits": None},
        {"litres_per_pulse": "100", "digits": "6"},
    )


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"removed_at": "2024-03-01T00:00:00Z"}, "removed_at"),
        ({"litres_per_pulse": "0"}, "litres_per_pulse"),
        ({"closing_reading": "-1"}, "closing_reading"),
        ({"digits": 21}, "digits"),
        ({"installed_at": "2024-03-25T12:00:00Z"}, "installed_at"),
    ],
)
def test_a_wrong_correction_is_refused_by_its_field(proposal: Meter, wrong: dict[str, Any], field: str) -> None:
    answer = client().patch(f"{METERS}{proposal.id}/", wrong, format="json")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not MeterChange.objects.exists()


def test_a_correction_confirms_and_a_rejected_meter_has_none(proposal: Meter, messages: Any) -> None:
    url = f"{METERS}{proposal.id}/"
    assert client().patch(url, {"opening_reading": "11"}, format="json").json()["status"] == "confirmed"
    assert MeterMove.objects.get().after == "confirmed"
    client().post(f"{url}reject/")
    assert client().patch(url, {"opening_reading": "10"}, format="json").status_code == 409
    assert client(points=[uuid4()]).patch(url, {"digits": 5}, format="json").status_code == 404
