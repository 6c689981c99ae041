from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from deploy.simulators.faults import BadFault, Faults

NOW = datetime(2024, 5, 13, 14, 30, tzinfo=UTC)


def make(seed: int) -> Faults:
    return Faults(seed, lambda: NOW)


def draws(faults: Faults, order: list[int]) -> dict[int, str | None]:
    return {n: faults.draw(["html_502", "slow"], subject="w", key=str(n), attempt=1) for n in order}


def test_the_order_of_requests_changes_nothing() -> None:
    numbers = list(range(200))
    one, other = make(7), make(7)
    for faults in (one, other):
        faults.set({"html_502": 0.2, "slow": 0.2})
    assert draws(one, numbers) == draws(other, numbers[::-1])


def test_another_seed_is_another_story_of_the_same_rate() -> None:
    stories = []
    for seed in (1, 2):
        faults = make(seed)
        faults.set({"html_502": 0.2})
        stories.append(draws(faults, list(range(1000))))
        assert 150 < faults.happened["html_502"] < 250
    assert stories[0] != stories[1]


def test_each_attempt_is_drawn_anew() -> None:
    faults = make(7)
    faults.set({"html_502": 0.5})
    kinds = {faults.draw(["html_502"], subject="w", key="k", attempt=n) for n in range(20)}
    assert kinds == {None, "html_502"}


def test_only_some_and_only_at_first() -> None:
    faults = make(7)
    faults.set({"slow": {"rate": 1, "only": ["a"], "first_attempts": 1}})
    asked = [("a", 1), ("a", 2), ("b", 1)]
    met = [faults.draw(["slow"], subject=name, key="k", attempt=number) for name, number in asked]
    assert met == ["slow", None, None]


def met_at(fault: dict[str, Any], *minutes: int) -> list[bool]:
    at = NOW
    faults = Faults(7, lambda: at)
    faults.set({"slow": {"rate": 1} | fault})
    found = []
    for minute in minutes:
        at = NOW + timedelta(minutes=minute)
        found.append(faults.draw(["slow"], subject="a", key="k", attempt=1) == "slow")
    return found


def test_from_then_until_then() -> None:
    span = {"start": "2024-05-13T10:31:00-04:00", "end": "2024-05-13T14:33:00Z"}
    assert met_at(span, 0, 1, 2, 3) == [False, True, True, False]


def test_the_first_minutes_of_each_hour() -> None:
    assert met_at({"every_s": 3600, "for_s": 120}, 29, 30, 31, 32, 90) == [False, True, True, False, True]


def test_only_what_is_asked_for() -> None:
    faults = make(7)
    faults.set({"slow": {"rate": 1, "what": ["history", "login"]}})
    asked = ["history 5001", "latest 5001", "login", ""]
    met = [faults.draw(["slow"], subject="a", key="k", attempt=1, what=what) for what in asked]
    assert met == ["slow", None, "slow", None]


@pytest.mark.parametrize(
    "wanted",
    [{"fire": 1}, {"slow": 2}, {"slow": {"often": 1}}, {"slow": {"start": "ayer"}}, {"slow": {"end": "2024-05-13"}}],
)
def test_a_switch_that_cannot_be_set_so(wanted: dict[str, Any]) -> None:
    with pytest.raises(BadFault):
        make(7).set(wanted)


def test_switches_over_http(clouds: httpx.Client) -> None:
    assert clouds.post("/_sim/faults", json={"slow": 2}).status_code == 400
    clouds.post("/_sim/faults", json={"html_502": 1})
    assert clouds.get("/_sim/faults").json()["html_502"]["rate"] == 1
    path = "/v2/things/thing-token-00000000000000000000000000000103/resources/nivel"
    assert clouds.get(path).status_code == 502
    assert clouds.get("/_sim/log").json()["results"][-1]["fault"] == "html_502"
    assert clouds.get("/_sim/stats").json()["by_thing"] == {"pozo-103": 1}
    assert "thing-token" not in clouds.get("/_sim/log").text
