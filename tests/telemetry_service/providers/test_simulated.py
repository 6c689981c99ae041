"""Every preset against the simulated clouds: latest, a history of several pages, and what goes wrong there."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from deploy.simulators.providers.app import providers
from deploy.simulators.scenario import Scenario, read_scenario
from deploy.simulators.web import running
from telemetry_service.providers.engine.results import FailureClass, Poll
from telemetry_service.providers.presets import override
from tests.telemetry_service.providers.conftest import Open, Opened

NOW = datetime(2024, 6, 10, 14, 30, tzinfo=UTC)
WEEK = timedelta(days=7)
KEYS = {
    "thingsboard": ("5001", "5002", "5003"),
    "tagoio": ("caudal", "nivel", "totalizado"),
    "thethings": ("caudal", "nivel", "pulsos"),
}
ENGINES = {
    "tdata": "thingsboard",
    "twin": "thingsboard",
    "nettra": "thingsboard",
    "tago": "tagoio",
    "novus": "tagoio",
    "thingsio": "thethings",
    "nettra-thethings": "thethings",
}
FOLDERS = {"twin": "/tdata/v1", "thingsio": "/v2", "nettra-thethings": "/v2"}
PRESETS = pytest.mark.parametrize("name", sorted(ENGINES))


@dataclass
class Clouds:
    """The three clouds at one address, on a clock that the test moves."""

    scenario: Scenario
    open: Open
    url: str = ""
    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def session(self, name: str, changes: dict[str, Any] | None = None) -> Opened:
        base = {"base_url": self.url + FOLDERS.get(name, ""), "limits": {"retries": 0}}
        users = [{"username": user, "password": password} for user, password in self.scenario.users.items()]
        return self.open(name, override(base, changes or {}), credentials=users[0])

    def thing(self, name: str) -> Any:
        return next(one for one in self.scenario.things if one.engine == ENGINES[name])

    def params(self, name: str) -> dict[str, str]:
        thing = self.thing(name)
        engine = ENGINES[name]
        if engine == "thingsboard":
            return {"device": thing.device, "entity": thing.entity}
        return {"token": thing.token} if engine == "tagoio" else {"thing_token": thing.token}

    def latest(self, name: str) -> Poll:
        return self.session(name).latest(self.params(name), KEYS[ENGINES[name]], self.at)

    def history(self, name: str, session: Opened, *, days: int = 7) -> Poll:
        starts = dict.fromkeys(KEYS[ENGINES[name]], self.at - timedelta(days=days))
        return session.history(self.params(name), starts, end=self.at)

    def truth(self, name: str, *, days: int = 7) -> set[tuple[str, int]]:
        end, start = (int(at.timestamp() * 1000) for at in (self.at, self.at - timedelta(days=days)))
        tracks = self.thing(name).tracks
        return {(key, at) for key, track in tracks.items() for at, _ in track.between(start, end, end)}

    def break_(self, **faults: Any) -> None:
        httpx.post(f"{self.url}/_sim/faults", json=faults, trust_env=False)

    def log(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = httpx.get(f"{self.url}/_sim/log", trust_env=False).json()["results"]
        return rows


def found(poll: Poll) -> set[tuple[str, int]]:
    return {(one.key, int(one.device_time.timestamp() * 1000)) for one in poll.readings}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return replace(read_scenario("demo"), faults={})


@pytest.fixture
def clouds(scenario: Scenario, open_session: Open) -> Iterator[Clouds]:
    clouds = Clouds(scenario, open_session)
    with running(providers(scenario, clouds.now)) as url:
        clouds.url = url
        yield clouds


@PRESETS
def test_latest(clouds: Clouds, name: str) -> None:
    poll = clouds.latest(name)
    assert poll.outcome == "ok"
    assert {one.key for one in poll.readings} == set(KEYS[ENGINES[name]])
    assert all(NOW - timedelta(hours=2) < one.device_time <= NOW for one in poll.readings)


@PRESETS
@pytest.mark.parametrize("limit", [7, 167, 168, 169, 1000])
def test_history_is_complete_over_its_pages(clouds: Clouds, name: str, limit: int) -> None:
    limit = min(limit, 100) if ENGINES[name] == "thethings" else limit  # the provider gives no more
    session = clouds.session(name, {"history": {"page": {"limit": limit}}})
    poll = clouds.history(name, session)
    assert poll.failure is None
    assert found(poll) == clouds.truth(name)
    assert len(poll.readings) == len(clouds.truth(name))
    assert len(poll.readings) > 400


@PRESETS
def test_history_from_page_to_page_of_one_row(clouds: Clouds, name: str) -> None:
    session = clouds.session(name, {"history": {"page": {"limit": 1, "max_pages": 1000}}})
    poll = clouds.history(name, session, days=1)
    assert poll.failure is None
    assert found(poll) == clouds.truth(name, days=1)


def test_a_server_that_ignores_the_order_loses_us_nothing(clouds: Clouds) -> None:
    """`asc` is no parameter of ThingsBoard: the newest come first, a hundred at most."""
    changes = {"history": {"query": {"orderBy": None, "asc": "true"}, "page": {"limit": 50}}}
    poll = clouds.history("tdata", clouds.session("tdata", changes))
    assert poll.failure is None
    assert found(poll) == clouds.truth("tdata")


def test_a_token_lives_nine_thousand_seconds_and_is_then_refreshed_once(clouds: Clouds) -> None:
    session = clouds.session("tdata")
    for hours in (0, 1, 2, 3):
        clouds.at = NOW + timedelta(hours=hours)
        assert clouds.history("tdata", session).failure is None
    asked = [row["what"] for row in clouds.log()]
    assert (asked.count("login"), asked.count("refresh")) == (1, 1)


def test_a_token_that_the_server_forgot_is_renewed_on_401(clouds: Clouds) -> None:
    """Our clock lags behind the server's: we only learn from the 401."""
    session = clouds.session("tdata")
    assert clouds.history("tdata", session).failure is None
    clouds.at = NOW + timedelta(hours=3)
    poll = session.latest(clouds.params("tdata"), KEYS["thingsboard"], NOW)
    assert poll.outcome == "ok"
    assert [row["what"] for row in clouds.log()].count("refresh") == 1


def test_a_wrong_password_is_auth(clouds: Clouds) -> None:
    session = clouds.session("tdata")
    session.session._credentials["password"] = "otra-clave"
    poll = clouds.history("tdata", session)
    assert poll.failure is not None
    assert (poll.failure.kind, poll.failure.status) == (FailureClass.AUTH, 401)


@PRESETS
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("html_502", FailureClass.TRANSIENT),
        ("rate_limited", FailureClass.RATE_LIMITED),
        ("timeout_after_storing", FailureClass.TRANSIENT),
        ("empty_body", FailureClass.PARSE),
    ],
)
def test_what_goes_wrong_has_a_class_and_gives_no_number(
    clouds: Clouds, name: str, fault: str, kind: FailureClass
) -> None:
    session = clouds.session(name)
    clouds.break_(**{fault: 1.0})
    poll = clouds.history(name, session)
    assert poll.failure is not None
    assert (poll.failure.kind, poll.readings, poll.searched) == (kind, [], {})
    clouds.break_(**{fault: 0.0})
    assert found(clouds.history(name, session)) == clouds.truth(name)


def test_tago_says_when_to_come_back(clouds: Clouds) -> None:
    clouds.at = NOW + timedelta(seconds=48)
    clouds.break_(rate_limited=1.0)
    poll = clouds.history("tago", clouds.session("tago"))
    assert poll.failure is not None
    assert poll.failure.wait_s == 12


@pytest.mark.parametrize("name", ["tdata", "twin", "nettra"])
def test_a_dead_sensor_with_the_time_of_now_is_no_data(clouds: Clouds, name: str) -> None:
    clouds.break_(null_now=1.0)
    poll = clouds.latest(name)
    assert (poll.outcome, poll.readings, poll.by_key()) == ("no_data", [], {})


@PRESETS
def test_nothing_yet_is_no_data(clouds: Clouds, name: str) -> None:
    clouds.at = datetime(2024, 1, 1, tzinfo=UTC)
    assert clouds.latest(name).outcome == "no_data"
    assert clouds.history(name, clouds.session(name)).outcome == "no_data"
