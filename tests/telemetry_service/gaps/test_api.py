"""Completeness and gaps over HTTP."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.testing import api_client, user_token
from telemetry_service.gaps.look import look
from telemetry_service.gaps.models import Gap
from telemetry_service.gaps.states import GapState
from telemetry_service.providers.models import Provider

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Make = Callable[..., Any]
GAPS, DAYS = "/api/telemetry/gaps/", "/api/telemetry/completeness/"


@pytest.fixture
def gap(source: Any, hourly: Make, now: datetime) -> Gap:
    hourly(48, without=[5, 6])
    look(now)
    return Gap.objects.get()


def client(**token: Any) -> Any:
    return api_client(user_token(**token))


def get(path: str, token: dict[str, Any] | None = None, **query: Any) -> Any:
    return client(**token or {}).get(path, {name.rstrip("_"): value for name, value in query.items()})


def post(path: str, body: dict[str, Any], **token: Any) -> Any:
    return client(**token).post(path, body, format="json")


def fields(answer: Any) -> list[str]:
    assert answer.status_code == 400, answer.json()
    return [error["field"] for error in answer.json()["errors"]]


def test_a_gap_says_what_is_missing_and_why_it_is_in_its_state(gap: Gap, source: Any) -> None:
    (shown,) = get(GAPS).json()["results"]
    assert shown == {
        "id": gap.id,
        "point": str(source.point_id),
        "source": str(source.id),
        "key": "caudal",
        "kind": "hole",
        "kind_label": "entre dos lecturas",
        "from": "2026-01-02T05:00:00Z",
        "to": "2026-01-02T08:00:00Z",
        "missing": 2,
        "cadence_s": 3600,
        "state": "open",
        "state_label": "abierta",
        "cause": "detected",
        "cause_label": "detectada por la cadencia",
        "tries": 0,
        "last_searched_at": None,
        "next_try_at": "2026-01-02T13:00:00Z",
        "opened_at": "2026-01-02T12:00:00Z",
        "opened_by": "",
        "settled_at": None,
    }


def test_gaps_are_found_by_what_is_asked_for(gap: Gap, source: Any, now: datetime) -> None:
    def found(**query: Any) -> int:
        return len(get(GAPS, **query).json()["results"])

    assert found(state="open,closed") == 1
    assert found(state="closed") == 0
    assert (found(source=source.id), found(source=uuid4())) == (1, 0)
    assert (found(key="caudal"), found(key="total")) == (1, 0)
    assert (found(points=source.point_id), found(points=uuid4())) == (1, 0)
    assert (found(from_="2026-01-02T08:00:00Z"), found(from_="2026-01-02T07:59:00Z")) == (0, 1)
    assert (found(to="2026-01-02T05:00:00Z"), found(to="2026-01-02T05:01:00Z")) == (0, 1)


def test_gaps_and_days_of_some_variables(gap: Gap) -> None:
    for path in (GAPS, DAYS):
        assert get(path, variables="flow,level").json()["results"] == get(path).json()["results"] != []
        assert get(path, variables="level").json()["results"] == []
        assert fields(get(path, variables="caudal")) == ["variables"]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_of_gaps_follow_one_another(source: Any, hourly: Make, now: datetime, limit: int) -> None:
    for key in ("caudal", "total"):
        hourly(48, without=[5, 15, 25], key=key)
    look(now)
    found, cursor = [], ""
    while cursor is not None:
        page = get(GAPS, limit=limit, **({"cursor": cursor} if cursor else {})).json()
        found += [one["id"] for one in page["results"]]
        cursor = page["next"]
    assert found == list(Gap.objects.order_by("-from_time", "-id").values_list("id", flat=True))
    assert len(found) == 6


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"state": "lost"}, "state"),
        ({"source": "x"}, "source"),
        ({"from_": "2026-01-02T00:00:00"}, "from"),
        ({"from_": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "to"),
        ({"cursor": "x"}, "cursor"),
        ({"limit": "0"}, "limit"),
        ({"desde": "1"}, "desde"),
    ],
)
def test_a_query_that_is_wrong_is_refused_by_name(db: None, query: dict[str, str], field: str) -> None:
    assert fields(get(GAPS, **query)) == [field]


def test_a_gap_by_itself_shows_its_moves(gap: Gap, source: Any, bring: Make, now: datetime) -> None:
    bring(source, [now - 5 * HOUR, now - 6 * HOUR], at=now + HOUR)
    look(now + HOUR)
    shown = get(f"{GAPS}{gap.id}/").json()
    assert (shown["state"], shown["settled_at"]) == ("filled", "2026-01-02T13:00:00Z")
    assert shown["moves"] == [
        {
            "before": "open",
            "after": "filled",
            "cause": "arrived",
            "cause_label": "llegaron lecturas",
            "note": "",
            "by": "",
            "at": "2026-01-02T13:00:00Z",
        }
    ]
    assert get(f"{GAPS}999999/").status_code == 404


def test_the_completeness_of_each_day(gap: Gap, source: Any) -> None:
    body = get(DAYS, sources=source.id).json()
    rows = [(one["day"], one["expected"], one["received"], one["percent"]) for one in body["results"]]
    assert body["zone"] == "santiago"
    assert rows == [("2025-12-31", 14, 14, 100.0), ("2026-01-01", 24, 24, 100.0), ("2026-01-02", 10, 8, 80.0)]
    last = body["results"][-1]
    assert (last["variable"], last["longest_gap_s"], last["point"]) == ("flow", 3 * 3600, str(source.point_id))
    regulator = get(DAYS, zone="utc-4", from_="2026-01-02", to="2026-01-02").json()["results"]
    assert [(one["expected"], one["received"]) for one in regulator] == [(9, 7)]


def test_one_lost_reading_of_very_many_is_not_a_hundred_percent(source: Any, now: datetime) -> None:
    from telemetry_service.gaps.models import Completeness

    day = {"source_id": source.id, "key": "caudal", "zone": "santiago", "day": now.date()}
    Completeness.objects.create(**day, received=86_399, missing=1)
    (row,) = get(DAYS).json()["results"]
    assert row["percent"] == 99.99


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_pages_of_days_follow_one_another(source: Any, hourly: Make, now: datetime, limit: int) -> None:
    for key in ("caudal", "total"):
        hourly(48, key=key)
    look(now)
    found, cursor = [], ""
    while cursor is not None:
        page = get(DAYS, limit=limit, **({"cursor": cursor} if cursor else {})).json()
        found += [(one["key"], one["day"]) for one in page["results"]]
        cursor = page["next"]
    days = ["2025-12-31", "2026-01-01", "2026-01-02"]
    assert found == [(key, day) for key in ("caudal", "total") for day in days]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"zone": "madrid"}, "zone"),
        ({"from_": "ayer"}, "from"),
        ({"from_": "2026-01-02", "to": "2026-01-01"}, "to"),
        ({"sources": "x"}, "sources"),
        ({"cursor": "WzFd"}, "cursor"),
    ],
)
def test_a_query_of_days_that_is_wrong_is_refused(db: None, query: dict[str, str], field: str) -> None:
    assert fields(get(DAYS, **query))[0].startswith(field)


def test_whoever_may_not_see_a_point_sees_nothing_of_it(gap: Gap, source: Any, now: datetime) -> None:
    stranger, owner = {"points": [uuid4()]}, {"points": [source.point_id]}
    for path in (GAPS, DAYS):
        assert get(path, stranger).json()["results"] == []
        assert len(get(path, owner).json()["results"]) > 0
        assert get(path, stranger, points=source.point_id).status_code == 403
    assert get(f"{GAPS}{gap.id}/", stranger).status_code == 404
    assert post(f"{GAPS}{gap.id}/close/", {"reason": "lost"}, **stranger).status_code == 404
    said = {"source": str(source.id), "from": "2025-12-01T00:00:00Z", "to": "2025-12-02T00:00:00Z"}
    assert post(f"{GAPS}search/", said, **stranger).status_code == 404
    rhythm = {"source": str(source.id), "from": "2025-12-01T00:00:00Z", "cadence_s": 60}
    assert post(f"{GAPS}rhythms/", rhythm, **stranger).status_code == 404


@pytest.mark.parametrize("path", [f"{GAPS}search/", f"{GAPS}rhythms/", f"{GAPS}1/close/"])
def test_a_word_of_ones_own_needs_its_permission(db: None, path: str) -> None:
    assert post(path, {}, scopes=["telemetry:read"]).status_code == 403


def test_a_person_closes_a_gap_and_says_why(gap: Gap, now: datetime) -> None:
    answer = post(f"{GAPS}{gap.id}/close/", {"reason": "device_off", "note": "corte de luz"})
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["cause_label"]) == ("closed", "el dispositivo estaba apagado")
    (moved,) = get(f"{GAPS}{gap.id}/").json()["moves"]
    assert (moved["by"], moved["note"]) == ("user:ops@example.cl", "corte de luz")
    again = post(f"{GAPS}{gap.id}/close/", {"reason": "device_off"})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "reason"),
        ({"reason": "backfilled"}, "reason"),
        ({"reason": "other"}, "note"),
        ({"reason": "lost", "x": 1}, "x"),
    ],
)
def test_a_closing_says_a_reason_of_a_persons(gap: Gap, body: dict[str, Any], field: str) -> None:
    assert fields(post(f"{GAPS}{gap.id}/close/", body)) == [field]


def test_a_person_asks_for_a_stretch(gap: Gap, source: Any) -> None:
    said = {"source": str(source.id), "from": "2025-12-01T00:00:00Z", "to": "2025-12-02T00:00:00Z"}
    answer = post(f"{GAPS}search/", said)
    assert answer.status_code == 202
    assert [(one["key"], one["kind"], one["state"]) for one in answer.json()["results"]] == [
        ("caudal", "asked", "open"),
        ("total", "asked", "open"),
    ]
    again = post(f"{GAPS}search/", said | {"keys": ["caudal"]})
    assert len(again.json()["results"]) == 1
    assert Gap.objects.filter(kind="asked").count() == 2


def test_a_gap_that_rests_is_opened_by_asking_for_it(gap: Gap, source: Any) -> None:
    post(f"{GAPS}{gap.id}/close/", {"reason": "lost"})
    said = {"source": str(source.id), "keys": ["caudal"], "from": "2026-01-02T06:00:00Z", "to": "2026-01-02T07:00:00Z"}
    (shown,) = post(f"{GAPS}search/", said).json()["results"]
    assert (shown["id"], shown["state"], shown["cause"], shown["tries"]) == (gap.id, "open", "asked", 0)
    assert gap.moves.last().moved_by == "user:ops@example.cl"  # type: ignore[union-attr] # there is one


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"from": "2025-12-03T00:00:00Z"}, "to"),
        ({"to": "2999-01-01T00:00:00Z"}, "to"),
        ({"keys": ["presion"]}, "keys"),
        ({"source": "x"}, "source"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused_by_name(source: Any, change: dict[str, Any], field: str) -> None:
    said = {"source": str(source.id), "from": "2025-12-01T00:00:00Z", "to": "2025-12-02T00:00:00Z"}
    assert fields(post(f"{GAPS}search/", said | change)) == [field]


def test_there_is_nowhere_to_search_without_a_history(gap: Gap, source: Any) -> None:
    Provider.objects.update(type="PUSH")
    said = {"source": str(source.id), "from": "2025-12-01T00:00:00Z", "to": "2025-12-02T00:00:00Z"}
    answer = post(f"{GAPS}search/", said)
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "No hay dónde buscar: el proveedor no ofrece historia.",
    )
    assert Gap.objects.filter(kind="asked").count() == 0


def test_a_person_says_the_rhythm_from_a_date_on(gap: Gap, source: Any) -> None:
    said = {"source": str(source.id), "from": "2026-01-01T00:00:00Z", "cadence_s": 10_800}
    answer = post(f"{GAPS}rhythms/", said)
    assert (answer.status_code, answer.json()["said_by"]) == (201, "user:ops@example.cl")
    gap.refresh_from_db()
    assert (gap.state, gap.cause) == (GapState.FILLED, "rhythm")
    assert fields(post(f"{GAPS}rhythms/", said | {"cadence_s": 0})) == ["cadence_s"]
    assert fields(post(f"{GAPS}rhythms/", said | {"tolerance_pct": 100})) == ["tolerance_pct"]
