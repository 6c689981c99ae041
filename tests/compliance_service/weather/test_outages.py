"""An outage of the simulated DGA: begun, followed, ended, and in the evidence of the duties that it delayed."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from compliance_service.obligations.models import ComplianceConfig
from compliance_service.submissions.models import Attempt, ComplianceData
from compliance_service.weather.judge import Sky
from compliance_service.weather.models import Delayed, Outage
from compliance_service.weather.operations import look_at_weather
from compliance_service.weather.queries import reports
from shared.testing import api_client, user_token
from tests.compliance_service.conftest import LOOK, SLOT, Regulator, Telemetry

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CODES = ("OB-0601-101", "OB-0601-102", "OB-0601-103")
URL = "/api/compliance/weather/"


@pytest.fixture
def works(make_config: Make, telemetry: Telemetry, regulator: Regulator) -> list[Any]:
    """Three works, two hours each, all measured."""
    made = [make_config(code, hours=2) for code in CODES]
    for config in made:
        for hour in range(2):
            telemetry.good(config.point_id, SLOT + hour * HOUR)
    return made


def ask(monkeypatch: pytest.MonkeyPatch, path: str = "", *, at: Any = LOOK, points: Any = None, **query: str) -> Any:
    monkeypatch.setattr("shared.clock.now", lambda: at)
    return api_client(user_token(points=points)).get(f"{URL}{path}", query)


def test_in_fair_weather_nothing_is_written(works: list[Any], run: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    run()
    # A look's sends are a gap apart: the last of them began two seconds later.
    assert look_at_weather(LOOK + MINUTE) == 0
    said = {one["source"]: one for one in ask(monkeypatch, at=LOOK + MINUTE).json()["results"]}
    dga = said["DGA"]
    assert (dga["sky"], dga["tries"], dga["unanswered"], dga["ours"], dga["outage"]) == ("clear", 3, 0, [], None)


def test_of_each_regulator_its_own_tries_in_three_questions(
    works: list[Any], run: Make, regulator: Regulator, django_assert_num_queries: Any
) -> None:
    regulator.faults(html_502=1.0)
    run()
    with django_assert_num_queries(3):
        found = {one.source: one.weather for one in reports(now=LOOK + MINUTE)}
    assert {code: (one.sky, one.tries, one.unanswered) for code, one in found.items()} == {
        "DGA": (Sky.DOWN, 3, 3),
        "SMA": (Sky.UNKNOWN, 0, 0),
    }
    assert reports(now=LOOK - MINUTE)[0].weather.tries == 0  # nobody has tried yet
    assert reports(now=LOOK + 2 * HOUR)[0].weather.tries == 0  # not of late


def test_a_work_that_is_stopped_is_not_waited_for(works: list[Any], run: Make, regulator: Regulator) -> None:
    """Two that got no answer in three tries are too few of three works, and all of two."""
    regulator.faults(html_502=1.0)
    run()
    first = ComplianceData.objects.get(config=works[0], attempts__number=1)
    Attempt.objects.filter(submission__config=works[2]).update(submission=first, number=2)
    assert reports(now=LOOK + MINUTE)[0].weather.sky is Sky.UNKNOWN
    ComplianceConfig.objects.filter(id=works[2].id).update(stopped_at=LOOK, stopped_reason="no es el informante")
    assert reports(now=LOOK + MINUTE)[0].weather.sky is Sky.DOWN


def test_it_begins_with_the_first_unanswered_try_and_ends_with_the_first_answer(
    works: list[Any], run: Make, regulator: Regulator, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    caplog.set_level(logging.WARNING)
    regulator.faults(html_502=1.0)
    run()
    assert look_at_weather(LOOK + MINUTE) == 1
    assert look_at_weather(LOOK + 2 * MINUTE) == 0
    outage = Outage.objects.get()
    assert (outage.started_at, outage.noticed_at, outage.ended_at) == (LOOK, LOOK + MINUTE, None)
    assert (outage.tries, outage.works) == (3, 3)
    (dga,) = (one for one in ask(monkeypatch, at=LOOK + MINUTE).json()["results"] if one["source"] == "DGA")
    assert (dga["sky"], dga["outage"]["id"]) == ("down", outage.id)

    regulator.faults(html_502=0)
    run(LOOK + HOUR)
    assert look_at_weather(LOOK + HOUR + MINUTE) == 1
    outage.refresh_from_db()
    assert outage.ended_at == LOOK + HOUR
    assert {"regulator down", "regulator answers again"} <= {record.message for record in caplog.records}
    assert look_at_weather(LOOK + 2 * HOUR) == 0


def test_it_is_evidence_of_the_duties_it_delayed(
    works: list[Any], run: Make, regulator: Regulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    regulator.faults(html_502=1.0)
    run()
    look_at_weather(LOOK + MINUTE)
    outage = Outage.objects.get()
    delayed = ask(monkeypatch, f"outages/{outage.id}/duties/").json()["results"]
    assert [row["work_code"] for row in delayed] == list(CODES)
    own = ask(monkeypatch, f"outages/{outage.id}/duties/", points=[works[0].point_id]).json()["results"]
    assert [row["work_code"] for row in own] == [CODES[0]]
    assert Delayed.objects.count() == ComplianceData.objects.filter(slot_at=SLOT).count() == 3


def test_one_work_of_three_in_trouble_is_ours(works: list[Any], run: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its tries all end in silence while the others are answered."""
    from compliance_service.submissions.models import Attempt

    run()
    mine = Attempt.objects.get(submission__config=works[0])
    for number in range(2, 4):
        mine.pk, mine.number, mine.meaning = None, number, "no_answer"
        mine.save()
    Attempt.objects.filter(submission__config=works[0]).update(meaning="no_answer")
    assert look_at_weather(LOOK + MINUTE) == 0
    (dga,) = (one for one in ask(monkeypatch, at=LOOK + MINUTE).json()["results"] if one["source"] == "DGA")
    assert (dga["sky"], dga["ours"]) == ("clear", [CODES[0]])
    (hidden,) = (
        one for one in ask(monkeypatch, points=[works[1].point_id]).json()["results"] if one["source"] == "DGA"
    )
    assert hidden["ours"] == []


def test_outages_are_listed_by_when_they_lasted(works: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for hour in (0, 5):
        at = SLOT + hour * HOUR
        Outage.objects.create(source_id="DGA", started_at=at, noticed_at=at, ended_at=at + HOUR)

    def starts(**query: str) -> list[str]:
        return [one["started_at"] for one in ask(monkeypatch, "outages/", **query).json()["results"]]

    assert starts() == ["2024-05-13T19:00:00Z", "2024-05-13T14:00:00Z"]
    assert starts(to="2024-05-13T16:00:00Z") == ["2024-05-13T14:00:00Z"]
    assert starts(**{"from": "2024-05-13T16:00:00Z"}) == ["2024-05-13T19:00:00Z"]
    assert starts(source="SMA") == []
    page = ask(monkeypatch, "outages/", limit="1").json()
    assert len(page["results"]) == 1
    assert len(ask(monkeypatch, "outages/", limit="1", cursor=page["next"]).json()["results"]) == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2024-05-13T16:00:00Z", "to": "2024-05-13T15:00:00Z"}, "to"),
        ({"from": "ayer"}, "from"),
        ({"cursor": "zzz"}, "cursor"),
    ],
)
def test_a_question_that_makes_no_sense_names_the_field(
    monkeypatch: pytest.MonkeyPatch, query: dict[str, str], field: str
) -> None:
    answer = ask(monkeypatch, "outages/", **query)
    assert (answer.status_code, field in str(answer.json()["errors"])) == (400, True)


def test_an_outage_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(monkeypatch, "outages/99/duties/").status_code == 404


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"started_at": SLOT + HOUR}, "outage_open_once"),
        ({"ended_at": SLOT + HOUR}, "outage_starts_once"),
        ({"started_at": SLOT + HOUR, "noticed_at": SLOT + 2 * HOUR, "ended_at": SLOT}, "outage_ends_after_start"),
        (
            {"started_at": SLOT + HOUR, "noticed_at": SLOT, "ended_at": SLOT + 2 * HOUR},
            "outage_noticed_after_start",
        ),
    ],
)
def test_the_database_states_what_must_be_true(changes: dict[str, Any], name: str) -> None:
    said = {"source_id": "DGA", "started_at": SLOT, "noticed_at": SLOT + 2 * HOUR}
    Outage.objects.create(**said)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Outage.objects.create(**(said | changes))


def test_a_duty_is_delayed_once_by_an_outage(works: list[Any], run: Make, regulator: Regulator) -> None:
    regulator.faults(html_502=1.0)
    run()
    look_at_weather(LOOK + MINUTE)
    first = Delayed.objects.all()[0]
    with pytest.raises(IntegrityError, match="outage_duty_once"), transaction.atomic():
        Delayed.objects.create(outage=first.outage, obligation=first.obligation)
