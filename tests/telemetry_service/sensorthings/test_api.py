"""SensorThings over what is measured: entities, links, pages, filters, and nobody else's points."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.testing import api_client, user_token
from telemetry_service.measurements.quality import Reason
from tests.telemetry_service.conftest import SOURCE, START

pytestmark = pytest.mark.django_db
ROOT = "/api/telemetry/sensorthings/v1.1/"


def get(path: str = "", token: str | None = None, **options: Any) -> Any:
    return api_client(token or user_token()).get(ROOT + path, {f"${name}": said for name, said in options.items()})


def ok(path: str = "", **options: Any) -> Any:
    response = get(path, **options)
    assert response.status_code == 200, response.json()
    return response.json()


@pytest.fixture
def well(make_point: Callable[..., Any], measured: Any) -> Any:
    point = make_point("OB-0601-12", latitude=-34.1708, longitude=-70.7444, altitude=500.0)
    measured(point.id, "flow", [1.0, 2.0, 3.0, 4.0, 5.0])
    measured(point.id, "level", [7.5], quality=3, reasons=Reason.NOISE)
    return point


def stream(point: Any, variable: str = "flow") -> str:
    return f"Datastreams('{point.id}:{variable}')"


def results(body: Any) -> list[float]:
    return [one["result"] for one in body["value"]]


def test_the_root_names_its_sets() -> None:
    names = [one["name"] for one in ok()["value"]]
    assert names == ["Things", "Locations", "Datastreams", "Sensors", "ObservedProperties", "Observations"]


def test_every_link_leads_somewhere(well: Any) -> None:
    """From each set to its entities, and along every link of theirs."""
    seen = 0
    for name in ("Things", "Locations", "Datastreams", "Sensors", "ObservedProperties"):
        for body in ok(name)["value"]:
            links = [value for key, value in body.items() if key.endswith("Link")]
            for link in links:
                response = api_client(user_token()).get(link.removeprefix("http://testserver"))
                assert response.status_code == 200, (link, response.json())
                seen += 1
    assert seen > 20


def test_a_point_is_a_thing_that_lies_somewhere(well: Any) -> None:
    (thing,) = ok("Things", expand="Locations")["value"]
    assert (thing["@iot.id"], thing["properties"]["code"]) == (str(well.id), "OB-0601-12")
    assert thing["Locations"][0]["location"]["coordinates"] == [-70.7444, -34.1708, 500.0]
    assert "Locations@iot.navigationLink" not in thing
    assert "Datastreams@iot.navigationLink" in thing


def test_a_series_is_a_datastream(well: Any) -> None:
    body = ok(stream(well), expand="Thing,ObservedProperty,Sensor")
    assert body["unitOfMeasurement"]["symbol"] == "L/s"
    assert body["ObservedProperty"]["@iot.id"] == "flow"
    assert body["Thing"]["@iot.id"] == str(well.id)
    assert body["Sensor"]["@iot.id"] == str(SOURCE)


def test_a_measurement_is_an_observation(well: Any) -> None:
    (one,) = ok(f"{stream(well, 'level')}/Observations")["value"]
    assert one["@iot.id"] == f"{well.id}:level@2024-03-25T17:00:00Z"
    assert (one["phenomenonTime"], one["resultTime"]) == ("2024-03-25T17:00:00Z", "2024-03-25T17:02:00Z")
    assert (one["result"], one["resultQuality"]) == (7.5, 3)
    assert one["parameters"] == {"quality": "suspect", "reasons": ["noise"]}
    again = ok(one["@iot.selfLink"].partition(ROOT)[2])
    assert again == one


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("result gt 2", [3.0, 4.0, 5.0]),
        ("result ge 2 and result lt 4", [2.0, 3.0]),
        ("result eq 1 or result eq 5", [1.0, 5.0]),
        ("not (result eq 1 or result eq 5)", [2.0, 3.0, 4.0]),
        ("result ne 3", [1.0, 2.0, 4.0, 5.0]),
        ("phenomenonTime gt 2024-03-25T19:00:00Z", [4.0, 5.0]),
        ("phenomenonTime le '2024-03-25T15:00:00-03:00'", [1.0, 2.0]),
        ("2024-03-25T18:00:00Z eq phenomenonTime", [2.0]),
        ("resultQuality eq 1", [1.0, 2.0, 3.0, 4.0, 5.0]),
        ("resultQuality eq 'good' and result gt 4", [5.0]),
        ("resultQuality ne 'good'", []),
        ("resultTime lt 2024-03-25T17:00:00Z", []),
        ("result eq null", []),
        ("result ne null and result le 1", [1.0]),
    ],
)
def test_conditions(well: Any, condition: str, found: list[float]) -> None:
    body = ok(f"{stream(well)}/Observations", filter=condition, count="true")
    assert results(body) == found
    assert body["@iot.count"] == len(found)


@pytest.mark.parametrize("order", ["phenomenonTime asc", "phenomenonTime desc", "result desc", "resultQuality,result"])
@pytest.mark.parametrize("top", [1, 2, 5])
def test_pages_follow_one_another_without_gap_or_repeat(well: Any, order: str, top: int) -> None:
    body = ok(f"{stream(well)}/Observations", orderby=order, top=top, filter="result ne 3")
    found = results(body)
    while "@iot.nextLink" in body:
        body = api_client(user_token()).get(body["@iot.nextLink"].removeprefix("http://testserver")).json()
        assert body["value"]
        found += results(body)
    assert found == sorted([1.0, 2.0, 4.0, 5.0], reverse="desc" in order)


def test_a_page_goes_on_behind_an_instant(well: Any, measured: Any) -> None:
    """What arrives meanwhile moves nothing."""
    body = ok(f"{stream(well)}/Observations", top=2, orderby="phenomenonTime desc")
    assert results(body) == [5.0, 4.0]
    measured(well.id, "flow", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], now=START + timedelta(days=1))
    following = api_client(user_token()).get(body["@iot.nextLink"].removeprefix("http://testserver")).json()
    assert results(following) == [3.0, 2.0]


def test_the_newest_of_each_datastream_in_one_call(well: Any) -> None:
    body = ok("Datastreams", expand="Observations($top=1;$orderby=phenomenonTime desc)")
    assert {one["@iot.id"].partition(":")[2]: results({"value": one["Observations"]}) for one in body["value"]} == {
        "flow": [5.0],
        "level": [7.5],
    }
    flow = body["value"][0]
    following = api_client(user_token()).get(flow["Observations@iot.nextLink"].removeprefix("http://testserver"))
    assert results(following.json()) == [4.0]


def test_things_by_name_in_order_and_selected(make_point: Callable[..., Any]) -> None:
    for code in ("B", "A", "C"):
        make_point(code)
    body = ok("Things", orderby="name desc", select="name,id", top=2, count="true")
    assert [one["name"] for one in body["value"]] == ["Pozo C", "Pozo B"]
    assert body["@iot.count"] == 3
    assert set(body["value"][0]) == {"@iot.id", "@iot.selfLink", "name"}
    following = api_client(user_token()).get(body["@iot.nextLink"].removeprefix("http://testserver")).json()
    assert [one["name"] for one in following["value"]] == ["Pozo A"]
    found = ok("Things", filter="properties/code eq 'A' or name gt 'Pozo B'")["value"]
    assert sorted(one["description"] for one in found) == ["A", "C"]


def test_a_token_sees_its_points(well: Any, make_point: Callable[..., Any], measured: Any) -> None:
    mine = make_point("MIO")
    measured(mine.id, "flow", [9.0])
    token = user_token(points=[mine.id])
    assert [one["@iot.id"] for one in get("Things", token).json()["value"]] == [str(mine.id)]
    assert [one["@iot.id"] for one in get("Datastreams", token).json()["value"]] == [f"{mine.id}:flow"]
    for path in (
        f"Things('{well.id}')",
        stream(well),
        f"{stream(well)}/Observations",
        f"Things('{well.id}')/Datastreams",
    ):
        assert get(path, token).status_code == 404, path
    found = get("ObservedProperties('flow')/Datastreams", token).json()["value"]
    assert [one["@iot.id"] for one in found] == [f"{mine.id}:flow"]
    assert get("Things", user_token(scopes=["core:read"])).status_code == 403
    assert api_client().get(ROOT).status_code == 401


@pytest.mark.parametrize(
    ("path", "options", "status", "field"),
    [
        ("Things", {"filter": "nombre eq 'x'"}, 400, "$filter"),
        ("Things", {"orderby": "nombre"}, 400, "$orderby"),
        ("Things", {"select": "nombre"}, 400, "$select"),
        ("Things", {"expand": "Observations"}, 400, "$expand"),
        ("Things", {"top": "x"}, 400, "$top"),
        ("Things", {"filter": "startswith(name,'x')"}, 501, None),
        ("{stream}/Observations", {"filter": "valor gt 1"}, 400, "$filter"),
        ("{stream}/Observations", {"filter": "result gt 'x'"}, 400, "$filter"),
        ("{stream}/Observations", {"filter": "phenomenonTime gt 5"}, 400, "$filter"),
        ("{stream}/Observations", {"filter": "phenomenonTime gt '2024-03-25'"}, 400, "$filter"),
        ("{stream}/Observations", {"filter": "resultQuality eq 'bad'"}, 400, "$filter"),
        ("{stream}/Observations", {"filter": "result gt null"}, 400, "$filter"),
        ("{stream}/Observations", {"filter": "parameters/quality eq 'x'"}, 501, None),
        ("{stream}/Observations", {"orderby": "valor"}, 400, "$orderby"),
        ("{stream}/Observations", {"skiptoken": "x"}, 400, "$skiptoken"),
        ("{stream}/Observations", {"resultFormat": "dataArray"}, 501, None),
        ("Observations", {}, 501, None),
        ("Observations('x')", {}, 404, None),
        ("Datastreams('x')", {}, 404, None),
        ("Sensors('x')", {}, 404, None),
        ("FeaturesOfInterest", {}, 501, None),
        ("Pozos", {}, 404, None),
    ],
)
def test_what_is_wrong_is_said(well: Any, path: str, options: dict[str, str], status: int, field: str | None) -> None:
    response = get(path.format(stream=stream(well)), **options)
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    body = response.json()
    assert [error["field"] for error in body.get("errors", [])] == ([field] if field else [])
    assert body["detail"]


def test_an_observation_of_another_instant_is_none(well: Any) -> None:
    at = datetime.fromisoformat("2024-03-25T17:30:00+00:00").isoformat()
    assert get(f"Observations('{well.id}:flow@{at}')").status_code == 404
    assert get(f"Observations('{well.id}:flow@ayer')").status_code == 404
