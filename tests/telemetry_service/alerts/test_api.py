"""Alerts over HTTP: found, paged, taken, closed, and kept from whoever may not see the point."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.testing import api_client, user_token
from telemetry_service.alerts.kinds import Family, Kind
from telemetry_service.alerts.models import Alert
from tests.telemetry_service.alerts.conftest import POINT

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
Make = Callable[..., Any]
ALERTS = "/api/telemetry/alerts/"


def client(**token: Any) -> Any:
    return api_client(user_token(**token))


def get(path: str = ALERTS, token: dict[str, Any] | None = None, **query: Any) -> Any:
    return client(**token or {}).get(path, query)


def post(alert: Alert, what: str, body: dict[str, Any] | None = None, **token: Any) -> Any:
    return client(**token).post(f"{ALERTS}{alert.id}/{what}/", body or {}, format="json")


@pytest.fixture
def alerts(look: Make, sign: Make, now: datetime) -> dict[str, Alert]:
    """Three, a minute apart; the first is over."""
    look(now, sign(Kind.STOPPED))
    look(now + HOUR, sign(Kind.OFFLINE), sign(Kind.STALE, "level"))
    look(now + 2 * HOUR, sign(Kind.UNIT_SLIP, "flow", seen=3.6, expected=1.0), family=Family.FAULTS)
    return {alert.kind: alert for alert in Alert.objects.all()}


def kinds(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.json()
    return [one["kind"] for one in answer.json()["results"]]


def test_an_alert_with_everything_that_is_known_of_it(alerts: dict[str, Alert], now: datetime) -> None:
    one = alerts["unit_slip"]
    evidence = {"seen": 3.6, "expected": 1.0}
    assert get(state="open", kind="unit_slip").json()["results"] == [
        {
            "id": one.id,
            "point": str(POINT),
            "variable": "flow",
            "kind": "unit_slip",
            "kind_label": "unidad del caudal",
            "severity": "critical",
            "severity_label": "crítica",
            "state": "open",
            "state_label": "abierta",
            "since": "2026-01-02T12:00:00Z",
            "says": one.says,
            "evidence": evidence,
            "opened_at": "2026-01-02T14:00:00Z",
            "acknowledged_at": None,
            "acknowledged_by": "",
            "closed_at": None,
            "closed_by": "",
            "seen": {"at": "2026-01-02T14:00:00Z", "says": one.says, "evidence": evidence},
            "remedy": {"config": {"faults": {"flow": "unit_slip"}}, "config_valid_from": "2026-01-02T12:00:00Z"},
        }
    ]
    over = get(f"{ALERTS}{alerts['stopped'].id}/").json()
    assert (over["state"], over["seen"], over["remedy"]) == ("closed", None, None)
    assert [(move["before"], move["after"], move["cause"]) for move in over["moves"]] == [
        ("", "open", "seen"),
        ("open", "closed", "cleared"),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["unit_slip", "stale", "offline", "stopped"]),
        ({"state": "open"}, ["unit_slip", "stale", "offline"]),
        ({"state": "closed,acknowledged"}, ["stopped"]),
        ({"kind": "stale,offline"}, ["stale", "offline"]),
        ({"severity": "warning"}, ["stale"]),
        ({"variables": "flow"}, ["unit_slip"]),
        ({"points": str(POINT), "state": "closed"}, ["stopped"]),
        ({"points": str(uuid4())}, []),
        ({"from": "2026-01-02T13:30:00Z"}, ["unit_slip"]),
        ({"to": "2026-01-02T13:00:00Z"}, ["stopped"]),
    ],
)
def test_alerts_are_found_by_what_is_asked_for(
    alerts: dict[str, Alert], query: dict[str, str], expected: list[str]
) -> None:
    assert sorted(kinds(get(**query))) == sorted(expected)
    assert kinds(get())[0] == "unit_slip"


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_pages_follow_one_another(alerts: dict[str, Alert], limit: int) -> None:
    found, cursor = list[str](), ""
    while cursor is not None:
        page = get(limit=limit, **({"cursor": cursor} if cursor else {})).json()
        found += [one["kind"] for one in page["results"]]
        cursor = page["next"]
    assert found == kinds(get())


def test_a_person_takes_an_alert_and_closes_it(alerts: dict[str, Alert]) -> None:
    one = alerts["offline"]
    taken = post(one, "acknowledge", {"note": "voy al pozo"})
    assert (taken.status_code, taken.json()["state"]) == (200, "acknowledged")
    assert taken.json()["acknowledged_by"] == "user:ops@example.cl"
    again = post(one, "acknowledge")
    assert (again.status_code, again.json()["detail"]) == (
        409,
        "La alerta está en revisión: no puede quedar en revisión.",
    )
    assert post(one, "close").status_code == 400
    assert post(one, "close", {"note": "se cambió la batería"}).json()["closed_by"] == "user:ops@example.cl"
    assert post(one, "close", {"note": "otra vez"}).status_code == 409
    moves = get(f"{ALERTS}{one.id}/").json()["moves"]
    assert [(move["after"], move["note"]) for move in moves[1:]] == [
        ("acknowledged", "voy al pozo"),
        ("closed", "se cambió la batería"),
    ]


def test_whoever_may_not_see_the_point_sees_and_moves_nothing(alerts: dict[str, Alert], stranger: list[UUID]) -> None:
    one = alerts["offline"]
    assert kinds(get(token={"points": stranger})) == []
    assert get(token={"points": stranger}, points=str(POINT)).status_code == 403
    assert get(f"{ALERTS}{one.id}/", {"points": stranger}).status_code == 404
    assert post(one, "acknowledge", points=stranger).status_code == 404
    assert get(f"{ALERTS}summary/", {"points": stranger}).json() == {"state": {}, "severity": {}, "kind": {}}
    assert len(kinds(get(token={"points": [POINT]}))) == 4


def test_reading_and_writing_need_their_permissions(alerts: dict[str, Alert]) -> None:
    assert get(token={"scopes": ["core:read"]}).status_code == 403
    for what in ("acknowledge", "close"):
        assert post(alerts["offline"], what, {"note": "x"}, scopes=["telemetry:read"]).status_code == 403


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"state": "abierta"}, "state"),
        ({"kind": "x"}, "kind"),
        ({"severity": "grave"}, "severity"),
        ({"variables": "caudal"}, "variables"),
        ({"from": "2026-01-02T13:30:00Z", "to": "2026-01-01T00:00:00Z"}, "to"),
        ({"from": "ayer"}, "from"),
        ({"points": "x"}, "points"),
        ({"limit": "0"}, "limit"),
        ({"cursor": "WzFd"}, "cursor"),
        ({"estado": "open"}, "estado"),
    ],
)
def test_a_query_that_is_wrong_is_refused_by_name(db: None, query: dict[str, Any], field: str) -> None:
    answer = get(**query)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].startswith(field)
    assert answer.json()["errors"][0]["expected"]


def test_how_many_are_open(alerts: dict[str, Alert]) -> None:
    assert get(f"{ALERTS}summary/").json() == {
        "state": {"open": 3},
        "severity": {"critical": 2, "warning": 1},
        "kind": {"offline": 1, "stale": 1, "unit_slip": 1},
    }


def test_every_kind_says_what_it_is(db: None) -> None:
    found = {one["kind"]: one for one in get(f"{ALERTS}kinds/").json()["results"]}
    assert set(found) == set(Kind.values())
    assert (found["offline"]["label"], found["offline"]["clear_after_s"]) == ("sin comunicación", 600)


def test_what_came_in_the_address_is_shown_again(db: None) -> None:
    (error,) = get(state="abierta").json()["errors"]
    assert error["received"] == "abierta"
    assert error["problem"] == "«abierta» no es una de las opciones"
    assert error["expected"] == "una de: open, acknowledged, closed"
