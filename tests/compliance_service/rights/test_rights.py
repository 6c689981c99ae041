"""Rights as people enter them, and what is drawn on them as Telemetry says."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from compliance_service.clients.telemetry import Day
from compliance_service.rights.models import DrawnVolume, RightPoint, RightWarning, WaterRight
from compliance_service.rights.operations import keep_drawn, watch_rights
from shared.testing import api_client, user_token

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
URL = "/api/compliance/rights/"
NOW = datetime(2024, 4, 1, 3, tzinfo=UTC)  # still 31 March at the regulator
DAY = timedelta(days=1)


@pytest.fixture
def body(make_point: Make) -> dict[str, Any]:
    return {
        "name": "DGA 123/2009",
        "yearly_m3": 1000.0,
        "flow_l_s": 2.5,
        "valid_from": "2009-01-01",
        "points": [str(make_point().id)],
    }


def post(body: dict[str, Any], **token: Any) -> Any:
    return api_client(user_token(**token)).post(URL, body, format="json")


class Well:
    """What Telemetry says a point drew: m³ a day since New Year."""

    def __init__(self, m3: float) -> None:
        self.m3 = m3
        self.asked: list[Sequence[UUID]] = []

    def read(self, points: Sequence[UUID], start: datetime, end: datetime) -> list[Day]:
        self.asked.append(points)
        assert start < datetime(2024, 1, 1, tzinfo=UTC)
        days = [date(2024, 1, 1) + n * DAY for n in range(91)]
        volumes = [Day(point, "volume", day, self.m3, 999.0) for point in points for day in days]
        return volumes + [Day(point, "flow", day, None, 2.4) for point in points for day in days]


def usage(right: str, day: str = "2024-03-31", **token: Any) -> Any:
    return api_client(user_token(**token)).get(f"{URL}{right}/usage/", {"day": day})


def test_a_right_comes_back_as_it_was_entered(body: dict[str, Any]) -> None:
    response = post(body)
    assert response.status_code == 201
    said = response.json()
    assert {name: said[name] for name in body} == body
    assert api_client(user_token()).get(URL).json()["results"] == [said]
    assert WaterRight.objects.get().created_by == "user:ops@example.cl"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"yearly_m3": None, "flow_l_s": None}, "yearly_m3"),
        ({"yearly_m3": 0}, "yearly_m3"),
        ({"flow_l_s": -1}, "flow_l_s"),
        ({"monthly_m3": [1.0] * 11}, "monthly_m3"),
        ({"monthly_m3": [100.0] * 12}, "monthly_m3"),
        ({"year_starts_in": 13}, "year_starts_in"),
        ({"valid_to": "2008-12-31"}, "valid_to"),
        ({"valid_from": "ayer"}, "valid_from"),
        ({"points": []}, "points"),
        ({"points": [str(uuid4())]}, "points"),
        ({"nombre": "x"}, "nombre"),
    ],
)
def test_a_wrong_field_is_named(body: dict[str, Any], changes: dict[str, Any], field: str) -> None:
    response = post(body | changes)
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert not WaterRight.objects.exists()


def test_a_name_is_taken_once(body: dict[str, Any]) -> None:
    post(body)
    response = post(body)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (409, "name")


def test_a_right_that_was_entered_wrongly_is_replaced(body: dict[str, Any], make_point: Make) -> None:
    right = post(body).json()["id"]
    other = str(make_point("OB-0601-102").id)
    client = api_client(user_token())
    said = client.put(f"{URL}{right}/", body | {"yearly_m3": 5.0, "points": [other]}, format="json").json()
    assert (said["id"], said["yearly_m3"], said["points"]) == (right, 5.0, [other])
    assert client.put(f"{URL}{uuid4()}/", body, format="json").status_code == 404


def test_what_was_drawn_is_used_and_warned_of_once(body: dict[str, Any]) -> None:
    right = post(body).json()["id"]
    well = Well(9.0)
    assert watch_rights(NOW, read=well.read) == 1
    assert watch_rights(NOW + DAY, read=well.read) == 0
    found = usage(right).json()
    assert (found["used_m3"], found["left_m3"], found["year_from"]) == (819.0, 181.0, "2024-01-01")
    assert found["forecast"]["exhausted_on"] == "2024-04-21"
    assert [(one["percent"], one["used_m3"]) for one in found["warnings"]] == [(80, 819.0)]
    well.m3 = 12.0
    assert watch_rights(NOW + 2 * DAY, read=well.read) == 1
    assert [one["percent"] for one in usage(right).json()["warnings"]] == [80, 100]


def test_only_days_that_changed_are_written(body: dict[str, Any]) -> None:
    post(body)
    well = Well(9.0)
    assert keep_drawn(NOW, read=well.read) == 91
    assert keep_drawn(NOW + DAY, read=well.read) == 0
    assert set(DrawnVolume.objects.values_list("known_at", "max_flow_l_s")) == {(NOW, 2.4)}


def test_without_rights_nobody_is_asked() -> None:
    well = Well(1.0)
    assert (watch_rights(NOW, read=well.read), well.asked) == (0, [])


def test_two_works_on_one_right_add_up(body: dict[str, Any], make_point: Make) -> None:
    other = str(make_point("OB-0601-102").id)
    right = post(body | {"points": [*body["points"], other]}).json()["id"]
    keep_drawn(NOW, read=Well(1.0).read)
    assert usage(right).json()["used_m3"] == 182.0


def test_a_work_on_two_rights_uses_both(body: dict[str, Any]) -> None:
    first = post(body).json()["id"]
    second = post(body | {"name": "otro", "yearly_m3": 3000.0}).json()["id"]
    keep_drawn(NOW, read=Well(1.0).read)
    assert [usage(right).json()["used_m3"] for right in (first, second)] == [22.75, 68.25]


def test_nobody_sees_the_rights_of_others(body: dict[str, Any]) -> None:
    right = post(body).json()["id"]
    stranger = {"scopes": ["compliance:read"], "points": [uuid4()]}
    assert api_client(user_token(**stranger)).get(URL).json()["results"] == []
    assert usage(right, **stranger).status_code == 404
    assert post(body, **stranger).status_code == 403
    owner = {"scopes": ["compliance:read"], "points": [UUID(body["points"][0])]}
    assert usage(right, **owner).status_code == 200


SAID: dict[str, Any] = {
    "name": "x",
    "yearly_m3": 1.0,
    "valid_from": "2020-01-01",
    "created_at": NOW,
    "created_by": "user:x",
}


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("right_has_name", {"name": ""}),
        ("right_grants_something", {"yearly_m3": None}),
        ("right_grants_more_than_nothing", {"yearly_m3": 0}),
        ("right_grants_more_than_nothing", {"flow_l_s": -1}),
        ("right_year_starts_in_a_month", {"year_starts_in": 0}),
        ("right_ends_after_it_begins", {"valid_to": "2019-12-31"}),
    ],
)
def test_a_right_that_cannot_be(name: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        WaterRight.objects.create(**SAID | wrong)


def test_what_is_there_once(make_point: Make) -> None:
    right, point = WaterRight.objects.create(**SAID), make_point()
    rows: list[tuple[str, Any, dict[str, Any]]] = [
        ("right_name_once", WaterRight, SAID),
        ("right_point_once", RightPoint, {"right": right, "point": point}),
        ("drawn_volume_once", DrawnVolume, {"point": point, "day": "2024-01-01", "m3": 1, "known_at": NOW}),
        (
            "right_warning_once",
            RightWarning,
            {"right": right, "year_from": "2024-01-01", "percent": 80, "used_m3": 1, "at": NOW},
        ),
    ]
    for name, model, said in rows:
        if model is not WaterRight:
            model.objects.create(**said)
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            model.objects.create(**said)
