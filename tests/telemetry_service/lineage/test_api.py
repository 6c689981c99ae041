"""From a number back to the bytes that a provider sent, for whoever may see the point and nobody else."""

import base64
import hashlib
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from rest_framework.test import APIClient

from shared.testing import api_client, user_token
from telemetry_service.points.models import PointConfig
from telemetry_service.process.operations import process_backlog
from telemetry_service.raw.flags import Flag
from telemetry_service.raw.models import Series
from telemetry_service.raw.operations import map_series, request_processing
from telemetry_service.raw.partitions import make_partitions
from telemetry_service.raw.store import Answer, Incoming, store

pytestmark = pytest.mark.django_db
AT = datetime(2026, 1, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SOURCE = UUID(int=7)
URL = "/api/telemetry/lineage/"
Make = Callable[..., Any]


@pytest.fixture
def point(make_point: Make) -> UUID:
    made = make_point()
    PointConfig.objects.create(point=made, version=3, valid_from=None, config={"sensor_depth": 60.0})
    map_series(source_id=SOURCE, point_id=made.id, variables={"nivel": "level"}, origin="test")
    point_id: UUID = made.id
    return point_id


@pytest.fixture
def bring(point: UUID) -> Make:
    """An answer with levels (hours from AT → text) arrives and is processed."""

    def arrive(values: dict[int, str], *, at: datetime = AT, flags: int = 0) -> UUID:
        answer = uuid.uuid4()
        times = [AT + HOUR * hour for hour in values]
        make_partitions(device_times=times, received_at=at)
        rows = [
            Incoming(SOURCE, "nivel", time, value, "m", answer, flags)
            for time, value in zip(times, values.values(), strict=True)
        ]
        store(rows=rows, answers={answer: Answer(SOURCE, body_of(values))}, received_at=at)
        request_processing(point_id=point, from_time=min(times), now=at)
        process_backlog(at)
        return answer

    return arrive


def body_of(values: dict[int, str]) -> bytes:
    return f'{{"nivel": {list(values.values())}}}'.encode()


def client(points: list[UUID] | None = None) -> APIClient:
    return api_client(user_token(points=points))


def ask(point: UUID, by: APIClient | None = None, **query: Any) -> Any:
    window = {"point": point, "from": AT.isoformat(), "to": (AT + 10 * HOUR).isoformat()}
    return (by or client()).get(URL, window | query)


def test_a_number_leads_to_its_raw_row_its_bytes_and_its_configuration(point: UUID, bring: Make) -> None:
    answer = bring({0: "12.50"})
    said = ask(point).json()
    (instant,) = said["results"]
    assert (instant["time"], instant["past"]) == ("2026-01-02T12:00:00Z", [])
    made = {one["variable"]: one for one in instant["measurements"]}
    assert (made["level"]["value"], made["water_table"]["value"]) == (12.5, 47.5)
    assert {one["config_version"] for one in made.values()} == {3}
    (reading,) = instant["readings"]
    body = body_of({0: "12.50"})
    assert reading == {
        "source": str(SOURCE),
        "key": "nivel",
        "variable": "level",
        "value": "12.50",
        "unit": "m",
        "received_at": "2026-01-02T12:00:00Z",
        "flags": [],
        "withdrawn": False,
        "conflict": False,
        "answer": {
            "id": str(answer),
            "received_at": "2026-01-02T12:00:00Z",
            "sha256": hashlib.sha256(body).hexdigest(),
            "size": len(body),
        },
    }
    assert said["configurations"] == [{"version": 3, "valid_from": None, "config": {"sensor_depth": 60.0}}]
    assert (said["meters"], said["next"]) == ([], None)


def test_the_bytes_come_as_they_came(point: UUID, bring: Make) -> None:
    answer = bring({0: "12.50"})
    got = client().get(f"/api/telemetry/answers/{answer}/", {"received_at": AT.isoformat()})
    assert got.content == body_of({0: "12.50"})
    assert got["X-Content-SHA256"] == hashlib.sha256(got.content).hexdigest()
    assert got["Content-Type"] == "application/octet-stream"


def test_another_value_for_the_same_instant_is_shown_beside_the_one_that_stays(point: UUID, bring: Make) -> None:
    bring({0: "12.50"})
    bring({0: "99"}, at=AT + HOUR)
    (instant,) = ask(point).json()["results"]
    assert [(one["value"], one["conflict"]) for one in instant["readings"]] == [("12.50", False), ("99", True)]


def test_what_it_was_before_a_correction_stays(point: UUID, bring: Make) -> None:
    bring({0: "12.50"})
    PointConfig.objects.create(point_id=point, version=4, valid_from=AT - HOUR, config={"sensor_depth": 61.0})
    request_processing(point_id=point, from_time=AT, now=AT + HOUR)
    process_backlog(AT + HOUR)
    (instant,) = ask(point, variables="water_table").json()["results"]
    (now,), (before,) = instant["measurements"], instant["past"]
    assert (now["value"], now["config_version"], now["known_since"]) == (48.5, 4, "2026-01-02T13:00:00Z")
    assert (before["value"], before["config_version"], before["known_until"]) == (47.5, 3, "2026-01-02T13:00:00Z")


def test_what_a_person_wrote_down_and_what_was_withdrawn_says_so(point: UUID, bring: Make) -> None:
    bring({0: "12.50"}, flags=Flag.MANUAL)
    Series.objects.update(withdrawn_at=AT)
    (reading,) = ask(point).json()["results"][0]["readings"]
    assert (reading["flags"], reading["withdrawn"]) == (["manual"], True)


def test_pages_meet_without_a_gap(point: UUID, bring: Make) -> None:
    bring({hour: str(10 + hour) for hour in range(7)})
    times, query = [], {"limit": 3}
    while True:
        page = ask(point, **query).json()
        times += [one["time"] for one in page["results"]]
        if not page["next"]:
            break
        query["cursor"] = page["next"]
    assert times == [f"2026-01-02T{12 + hour}:00:00Z" for hour in range(7)]


def test_bytes_that_retention_took_leave_the_number_behind(point: UUID, bring: Make) -> None:
    answer = bring({0: "12.50"})
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE raw_answer")
    (reading,) = ask(point).json()["results"][0]["readings"]
    assert (reading["value"], reading["answer"]["sha256"], reading["answer"]["size"]) == ("12.50", None, None)
    assert _bytes(answer, client()).status_code == 404


class TestManyAnswers:
    def test_they_come_in_the_order_of_the_question_with_their_digests(self, point: UUID, bring: Make) -> None:
        found = [bring({0: "12.50"}), bring({1: "12.60"})]
        said = _many(client(), *reversed(found)).json()
        bodies = [base64.b64decode(one["body"]) for one in said["results"]]
        assert bodies == [body_of({1: "12.60"}), body_of({0: "12.50"})]
        assert [one["id"] for one in said["results"]] == [str(one) for one in reversed(found)]
        assert [one["sha256"] for one in said["results"]] == [hashlib.sha256(body).hexdigest() for body in bodies]
        assert said["looked_at"] == 2

    def test_what_is_not_kept_is_not_among_them(self, point: UUID, bring: Make) -> None:
        said = _many(client(), uuid.uuid4(), bring({0: "12.50"}), uuid.uuid4()).json()
        assert (len(said["results"]), said["looked_at"]) == (1, 3)

    def test_so_many_bytes_that_an_answer_holds_and_the_rest_is_asked_for(
        self, point: UUID, bring: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = [uuid.uuid4(), *(bring({hour: "12.50"}) for hour in range(3))]
        size = len(body_of({0: "12.50"}))
        for most, looked_at in ((1, 2), (size, 2), (size + 1, 3), (3 * size, 4), (3 * size + 1, 4)):
            monkeypatch.setattr("telemetry_service.lineage.api.MOST_BYTES", most)
            said = _many(client(), *found).json()
            assert (len(said["results"]), said["looked_at"]) == (looked_at - 1, looked_at), most

    def test_one_that_is_not_ones_own_is_not_given_with_others(
        self, point: UUID, bring: Make, make_point: Make
    ) -> None:
        answer = bring({0: "12.50"})
        assert _many(client([point]), answer).status_code == 200
        map_series(source_id=SOURCE, point_id=make_point("P-2").id, variables={"otro": "level"}, origin="test")
        assert _many(client([point]), answer).status_code == 403
        assert _many(api_client(), answer).status_code == 401

    @pytest.mark.parametrize(
        ("answers", "field"),
        [
            ([], "answers"),
            ([{"id": "x", "received_at": AT.isoformat()}], "answers"),
            ([{"id": str(SOURCE), "received_at": "ayer"}], "answers"),
            ([{"id": str(SOURCE)}], "received_at"),
            ([{"id": str(SOURCE), "received_at": AT.isoformat()}] * 101, "answers"),
        ],
    )
    def test_a_question_that_makes_no_sense_names_the_field(self, answers: list[Any], field: str) -> None:
        answer = client().post("/api/telemetry/answers/", {"answers": answers}, format="json")
        assert answer.status_code == 400
        assert field in str(answer.json()["errors"])


def _many(by: APIClient, *answers: UUID) -> Any:
    asked = [{"id": str(one), "received_at": AT.isoformat()} for one in answers]
    return by.post("/api/telemetry/answers/", {"answers": asked}, format="json")


class TestWhoMaySee:
    def test_an_owner_sees_the_own_point_and_its_bytes(self, point: UUID, bring: Make) -> None:
        answer = bring({0: "12.50"})
        assert ask(point, client([point])).status_code == 200
        assert _bytes(answer, client([point])).status_code == 200

    def test_others_see_neither(self, point: UUID, bring: Make) -> None:
        answer = bring({0: "12.50"})
        stranger = client([uuid.uuid4()])
        assert ask(point, stranger).status_code == 403
        assert _bytes(answer, stranger).status_code == 403

    def test_bytes_that_speak_of_anothers_point_too_are_not_the_owners(
        self, point: UUID, bring: Make, make_point: Make
    ) -> None:
        answer = bring({0: "12.50"})
        map_series(source_id=SOURCE, point_id=make_point("P-2").id, variables={"otro": "level"}, origin="test")
        assert _bytes(answer, client([point])).status_code == 403

    def test_without_the_permission_nobody_does(self, point: UUID) -> None:
        assert ask(point, api_client(user_token(scopes=["core:read"]))).status_code == 403
        assert ask(point, api_client()).status_code == 401


def _bytes(answer: UUID, by: APIClient) -> Any:
    return by.get(f"/api/telemetry/answers/{answer}/", {"received_at": AT.isoformat()})


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2026-01-02T12:00:00"}, "from"),
        ({"to": AT.isoformat()}, "to"),
        ({"variables": "oxígeno"}, "variables"),
        ({"limit": "0"}, "limit"),
        ({"cursor": "zzz"}, "cursor"),
        ({"from_time": "x"}, "from_time"),
    ],
)
def test_a_question_that_makes_no_sense_names_the_field(point: UUID, query: dict[str, str], field: str) -> None:
    answer = ask(point, **query)
    assert answer.status_code == 400
    assert field in str(answer.json())
