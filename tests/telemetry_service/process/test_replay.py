"""A dry run says what a pass would change, writes nothing, and says nothing once it is done."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.clock import now as clock_now
from shared.testing import api_client, user_token
from telemetry_service.measurements.models import Measurement
from telemetry_service.points.models import PointConfig
from telemetry_service.process.operations import process_backlog
from tests.telemetry_service.process.conftest import CONFIG, HOUR, NOW, START

pytestmark = pytest.mark.django_db
URL = "/api/telemetry/replay/"


@pytest.fixture(autouse=True)
def done(arrive: Any, feed: Any) -> None:
    arrive(feed([50_000 + 2 * hour for hour in range(72)]) + feed([20.0] * 72, "level"))
    process_backlog(NOW)


def ask(point: UUID, client: Any = None, **more: Any) -> Any:
    asked = {"point": str(point), "from": START.isoformat(), "to": (START + 72 * HOUR).isoformat()} | more
    return (client or api_client(user_token())).post(URL, asked, format="json")


def counts(answer: Any) -> tuple[int, ...]:
    said = answer.json()
    return said["new"], said["changed"], said["gone"], said["same"]


def stored() -> list[Any]:
    return list(Measurement.objects.order_by("variable", "time").values_list("variable", "time", "value", "quality"))


def test_what_is_done_has_no_difference(point: UUID) -> None:
    answer = ask(point)
    assert (answer.status_code, counts(answer), answer.json()["rows"]) == (200, (0, 0, 0, 4 * 72), [])


def test_rows_that_wait_are_new(point: UUID, arrive: Any, feed: Any) -> None:
    arrive(feed([50_101, 0], start=START + timedelta(hours=50, minutes=30)))
    before = stored()
    answer = ask(point)
    assert counts(answer) == (4, 0, 0, 4 * 72)
    assert [row["variable"] for row in answer.json()["rows"]] == ["total", "volume"] * 2
    zero = answer.json()["rows"][2]
    assert (zero["before"], zero["after"]["quality"], zero["after"]["reasons"]) == (None, 4, ["zero_glitch"])
    assert stored() == before
    process_backlog(NOW)
    assert counts(ask(point)) == (0, 0, 0, 4 * 72 + 4)


def test_what_was_spoilt_would_be_mended(point: UUID) -> None:
    Measurement.objects.filter(variable="level", time=START).update(value=99)
    Measurement.objects.filter(variable="level", time=START + HOUR).delete()
    answer = ask(point)
    assert counts(answer) == (1, 1, 0, 4 * 72 - 2)
    changed = answer.json()["rows"][0]
    assert (changed["before"]["value"], changed["after"]["value"]) == (99, 20)


def test_a_change_dated_in_the_past_is_reported_before_it_is_made(point: UUID) -> None:
    since = START + 60 * HOUR
    config = CONFIG | {"sensor_depth": 55.0}
    answer = ask(point, suppose={"config": config, "valid_from": since.isoformat()})
    assert counts(answer) == (0, 12, 0, 4 * 72 - 12)
    assert {row["variable"] for row in answer.json()["rows"]} == {"water_table"}
    assert {row["after"]["value"] for row in answer.json()["rows"]} == {35}
    PointConfig.objects.create(point_id=point, version=2, valid_from=since, config=config)
    assert ask(point).json()["changed"] == 4 * 12  # the version too is another
    process_backlog(NOW)
    assert counts(ask(point)) == (0, 0, 0, 4 * 72)


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"pulse_constants": {"total": {"pulses_per_liter": 0}}}, "pulse_constants.total.pulses_per_liter"),
        ({"sensor_depth": -5}, "sensor_depth"),
        ({"well_depth": 50}, "sensor_depth"),
    ],
)
def test_nothing_is_supposed_that_nobody_could_enter(point: UUID, wrong: dict[str, Any], path: str) -> None:
    answer = ask(point, suppose={"config": CONFIG | wrong, "valid_from": START.isoformat()})
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["field"] == f"suppose.config.{path}"
    assert error["expected"]


def test_what_was_held_at_the_end_of_the_window_is_no_difference(point: UUID, arrive: Any, feed: Any) -> None:
    """A new meter: what lies behind the window has confirmed it, and the stored measurements know."""
    arrive(feed([12 + hour for hour in range(20)], start=START + 72 * HOUR))
    process_backlog(NOW)
    answer = ask(point, to=(START + 75 * HOUR).isoformat())
    assert counts(answer) == (0, 0, 0, 4 * 72 + 2 * 3)


def test_as_many_rows_as_are_asked_for(point: UUID) -> None:
    suppose = {"config": CONFIG | {"sensor_depth": 55.0}, "valid_from": START.isoformat()}
    rows = {limit: ask(point, suppose=suppose, limit=limit).json() for limit in (1, 50, 10_000)}
    assert {limit: (said["changed"], len(said["rows"])) for limit, said in rows.items()} == {
        1: (72, 1),
        50: (72, 50),
        10_000: (72, 72),
    }


def test_a_change_before_the_window_reaches_into_it(point: UUID) -> None:
    """All volume after another factor is another, whatever checkpoint lies between."""
    suppose = {"config": CONFIG | {"pulse_constants": {"total": {"pulses_per_liter": 0.0005}}}}
    answer = ask(
        point, **{"from": (START + 60 * HOUR).isoformat()}, suppose={**suppose, "valid_from": START.isoformat()}
    )
    first = next(row for row in answer.json()["rows"] if row["variable"] == "volume")
    assert (first["before"]["value"], first["after"]["value"]) == (120, 240)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"to": "2000-01-01T00:00:00Z"}, "to"),
        ({"to": "2025-01-01T00:00:00Z"}, "to"),
        ({"from": None}, "from"),
        ({"limit": 0}, "limit"),
        ({"limit": 10_001}, "limit"),
        ({"dry_run": False}, "dry_run"),
    ],
)
def test_a_bad_field_is_named(point: UUID, wrong: dict[str, Any], field: str) -> None:
    answer = ask(point, **wrong)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_unknown_and_foreign_points(point: UUID) -> None:
    assert ask(uuid4()).status_code == 404
    assert ask(point, api_client(user_token(points=[uuid4()]))).status_code == 403


class TestInPieces:
    """A factor that was wrong changes the volume for ever: each piece goes on from the one before."""

    CONFIG = CONFIG | {"pulse_constants": {"total": {"pulses_per_liter": 0.002}}}

    def piece(self, point: UUID, first: int, last: int, **more: Any) -> Any:
        suppose = {"config": self.CONFIG, "valid_from": START.isoformat()}
        window = {name: (START + hour * HOUR).isoformat() for name, hour in (("from", first), ("to", last))}
        return ask(point, suppose=suppose, limit=1000, **window, **more)

    def test_the_pieces_say_what_the_whole_says(self, point: UUID) -> None:
        whole = self.piece(point, 0, 72).json()["rows"]
        first = self.piece(point, 0, 40).json()
        second = self.piece(point, 40, 72, resume=first["resume"]["token"]).json()
        assert first["rows"] + second["rows"] == whole
        assert {row["variable"] for row in second["rows"]} == {"total", "volume"}

    def test_what_was_made_already_is_not_read_again(self, point: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
        from telemetry_service.process import window

        token = self.piece(point, 0, 40).json()["resume"]["token"]
        read: list[datetime] = []
        columns = window.raw.columns

        def noted(**asked: Any) -> Any:
            read.append(asked["start"])
            return columns(**asked)

        monkeypatch.setattr(window.raw, "columns", noted)
        self.piece(point, 40, 72)
        self.piece(point, 40, 72, resume=token)
        assert read[0] < START
        assert read[-1] > START + 10 * HOUR

    def test_from_where_on_it_helps_is_said(self, point: UUID) -> None:
        resume = self.piece(point, 0, 40).json()["resume"]
        assert START + 10 * HOUR < datetime.fromisoformat(resume["from"]) <= START + 40 * HOUR
        before = self.piece(point, 0, 5, resume=resume["token"])
        assert before.json()["rows"] == self.piece(point, 0, 5).json()["rows"]

    def test_where_nothing_was_settled_there_is_nothing_to_go_on_from(self, point: UUID) -> None:
        assert self.piece(point, -20, -10).json()["resume"] is None
        assert "resume" not in ask(point).json()  # nothing supposed: what is stored is where to go on from

    def test_only_what_we_said_of_the_same_supposition_and_lately_is_taken(
        self, point: UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        token = self.piece(point, 0, 40).json()["resume"]["token"]
        other = {"config": CONFIG, "valid_from": START.isoformat()}
        wrong = [
            self.piece(point, 40, 72, resume=token[:-1]),
            self.piece(point, 40, 72, resume="x"),
            ask(point, resume=token, suppose=other),
            ask(point, resume=token),
        ]
        monkeypatch.setattr("shared.clock.now", lambda: clock_now() + timedelta(minutes=11))
        wrong.append(self.piece(point, 40, 72, resume=token))
        for answer in wrong:
            (error,) = answer.json()["errors"]
            assert (answer.status_code, error["field"]) == (400, "resume")
