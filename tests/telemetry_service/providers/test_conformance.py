"""What every preset must do against the simulated cloud of its provider, whoever the provider is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from deploy.simulators.providers.app import providers
from deploy.simulators.scenario import Scenario
from deploy.simulators.web import running
from telemetry_service.providers.presets import preset_names
from tests.telemetry_service.providers.clouds import CONTRACTS, DAY, HOUR, NOW, Clouds, conformance_scenario, found
from tests.telemetry_service.providers.conftest import Open

PRESETS = pytest.mark.parametrize("name", sorted(CONTRACTS))
WITH_HISTORY = pytest.mark.parametrize("name", sorted(name for name, one in CONTRACTS.items() if one.has_history))
LOGINS = pytest.mark.parametrize("name", ["tdata", "twin", "nettra"])


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return conformance_scenario()


@pytest.fixture
def clouds(scenario: Scenario, open_session: Open) -> Iterator[Clouds]:
    clouds = Clouds(scenario, open_session)
    with running(providers(scenario, clouds.now)) as url:
        clouds.url = url
        yield clouds


def test_every_preset_is_held_to_it() -> None:
    assert sorted(CONTRACTS) == preset_names()


@PRESETS
def test_the_latest_of_each_key(clouds: Clouds, name: str) -> None:
    poll = clouds.latest(name)
    assert (poll.outcome, poll.failure, poll.unreadable) == ("ok", None, 0)
    assert clouds.newest(name) <= found(poll)
    newest = poll.by_key()
    assert set(newest) == set(CONTRACTS[name].keys)
    for at in newest.values():
        assert at.tzinfo is UTC
        assert at == datetime(2024, 6, 10, 14, tzinfo=UTC)


@PRESETS
def test_a_totaliser_beyond_32_bits_keeps_every_digit(clouds: Clouds, name: str) -> None:
    values = [one.value for one in clouds.latest(name).readings]
    truth = {value for _, _, value in clouds.newest(name)}
    assert truth <= set(values)
    assert any(float(value) > 2**31 for value in truth)


@PRESETS
def test_nothing_yet_is_no_data(clouds: Clouds, name: str) -> None:
    clouds.at = datetime(2024, 1, 1, tzinfo=UTC)
    poll = clouds.latest(name)
    assert (poll.outcome, poll.failure, poll.readings) == ("no_data", None, [])


@WITH_HISTORY
def test_a_past_without_readings_is_no_data(clouds: Clouds, name: str) -> None:
    clouds.at = datetime(2024, 2, 1, tzinfo=UTC)
    poll = clouds.history(name, clouds.session(name), clouds.at - DAY)
    assert (poll.outcome, poll.failure) == ("no_data", None)
    assert set(poll.searched) == set(CONTRACTS[name].keys)


# --- history: all of it, once, however long the pages are


@WITH_HISTORY
@pytest.mark.parametrize("limit", [1, 23, 24, 25, 1000])
def test_history_is_complete_whatever_the_page(clouds: Clouds, name: str, limit: int) -> None:
    """A day of hourly readings is 24 rows: pages of 1, limit - 1, limit and limit + 1 of them, and one of all."""
    start, limit = NOW - DAY, min(limit, CONTRACTS[name].most_rows)
    pages = {"limit": limit, "max_pages": 200} if name != "keller" else {}  # whose answer has no pages
    poll = clouds.history(name, clouds.session(name, {"history": {"page": pages}}), start)
    assert poll.failure is None
    assert found(poll) == clouds.truth(name, start)
    assert len(poll.readings) == len(found(poll)) == 24 * 3
    assert all(one.device_time.tzinfo is UTC for one in poll.readings)


@WITH_HISTORY
@pytest.mark.parametrize("rows", [99, 100, 101, 250])
def test_history_is_complete_around_the_providers_own_page(clouds: Clouds, name: str, rows: int) -> None:
    """100 is ThingsBoard's default and all that thethings.iO gives at once."""
    start = datetime(2024, 6, 10, 14, tzinfo=UTC) - rows * HOUR + timedelta(minutes=1)
    poll = clouds.history(name, clouds.session(name, {"history": {"max_window": "P31D"}}), start)
    truth = clouds.truth(name, start)
    assert (poll.failure, found(poll)) == (None, truth)
    assert len(truth) == rows * 3


@WITH_HISTORY
@pytest.mark.parametrize("night", ["2024-04-07T03:00:00+00:00", "2024-09-08T04:00:00+00:00"])
def test_the_nights_in_which_chiles_clocks_change(clouds: Clouds, name: str, night: str) -> None:
    """One hour comes twice there, another not at all; here every hour comes once."""
    middle = datetime.fromisoformat(night)
    clouds.at, start = middle + 6 * HOUR + timedelta(minutes=30), middle - 6 * HOUR - timedelta(minutes=30)
    poll = clouds.history(name, clouds.session(name), start)
    assert found(poll) == clouds.truth(name, start)
    hours = sorted({one.device_time for one in poll.readings})
    assert {later - earlier for earlier, later in pairwise(hours)} == {HOUR}
    assert len(hours) == 13


@WITH_HISTORY
def test_a_longer_past_than_a_window_is_read_piece_by_piece(clouds: Clouds, name: str) -> None:
    session, start = clouds.session(name, {"history": {"max_window": "P1D"}}), NOW - 3 * DAY
    seen, at = set(), start
    for _ in range(3):
        poll = clouds.history(name, session, at)
        assert poll.failure is None
        seen |= found(poll)
        # The next window begins a little earlier, as a source's does: some providers leave both ends out.
        at = min(poll.searched.values()) - 2 * HOUR
    assert seen >= clouds.truth(name, start, at)
    assert seen <= clouds.truth(name, start)


# --- what is odd about devices and clouds, and no failure


@pytest.mark.parametrize("name", ["tdata", "tago", "thingsio"])
def test_rows_out_of_order_are_all_there(clouds: Clouds, name: str) -> None:
    clouds.break_(shuffled=1.0)
    limit = {"history": {"page": {"limit": 10, "max_pages": 200}}}
    whole = clouds.history(name, clouds.session(name), NOW - 2 * DAY)
    assert found(whole) == clouds.truth(name, NOW - 2 * DAY)
    assert clouds.history(name, clouds.session(name, limit), NOW - HOUR).failure is None


@LOGINS
def test_an_order_that_the_server_ignores_loses_nothing(clouds: Clouds, name: str) -> None:
    clouds.break_(ignores_order=1.0)
    poll = clouds.history(name, clouds.session(name, {"history": {"page": {"limit": 50}}}), NOW - 7 * DAY)
    assert (poll.failure, found(poll)) == (None, clouds.truth(name, NOW - 7 * DAY))


@LOGINS
def test_a_parameter_that_does_not_exist_loses_nothing(clouds: Clouds, name: str) -> None:
    """`asc` is none of ThingsBoard's: the newest come first, a hundred at most."""
    changes = {"history": {"query": {"orderBy": None, "asc": "true"}, "page": {"limit": 50}}}
    poll = clouds.history(name, clouds.session(name, changes), NOW - 7 * DAY)
    assert (poll.failure, found(poll)) == (None, clouds.truth(name, NOW - 7 * DAY))


@LOGINS
def test_numbers_as_text_or_as_numbers_are_the_same(clouds: Clouds, name: str) -> None:
    as_text = found(clouds.latest(name))
    clouds.break_(other_types=1.0)
    assert found(clouds.latest(name)) == as_text == clouds.newest(name)


@LOGINS
def test_a_dead_sensor_with_the_time_of_now_is_no_data(clouds: Clouds, name: str) -> None:
    clouds.break_(null_now=1.0)
    poll = clouds.latest(name)
    assert (poll.outcome, poll.readings, poll.by_key()) == ("no_data", [], {})


@pytest.mark.parametrize("name", ["thingsio", "nettra-thethings"])
def test_not_modified_is_no_data(clouds: Clouds, name: str) -> None:
    clouds.break_(not_modified=1.0)
    poll = clouds.latest(name)
    assert (poll.outcome, poll.failure) == ("no_data", None)


@WITH_HISTORY
def test_a_device_that_repeats_itself_is_heard_once(open_session: Open, name: str) -> None:
    clouds = Clouds(conformance_scenario(duplicates=0.5), open_session)
    with running(providers(clouds.scenario, clouds.now)) as clouds.url:
        truth = clouds.truth(name, NOW - 2 * DAY)
        pages = {} if name == "keller" else {"limit": 7, "max_pages": 200}
        poll = clouds.history(name, clouds.session(name, {"history": {"page": pages}}), NOW - 2 * DAY)
        assert (poll.failure, found(poll)) == (None, truth)
        assert len(poll.readings) == len(truth)


@PRESETS
def test_a_packed_answer_is_read_as_any_other(clouds: Clouds, name: str) -> None:
    clouds.break_(gzip=1.0)
    assert clouds.newest(name) <= found(clouds.latest(name))


# --- tokens


@LOGINS
def test_an_expired_token_is_refreshed_once_for_all_who_wait(clouds: Clouds, name: str) -> None:
    session = clouds.session(name)
    assert clouds.latest(name, session).outcome == "ok"
    clouds.at = NOW + 3 * HOUR
    polls = session.latest_at_once(20, clouds.params(name), list(CONTRACTS[name].keys), clouds.at)
    assert {poll.outcome for poll in polls} == {"ok"}
    asked = [row["what"] for row in clouds.log()]
    assert (asked.count("login"), asked.count("refresh")) == (1, 1)


@LOGINS
def test_a_token_that_only_the_server_knows_to_be_old_is_refreshed_once(clouds: Clouds, name: str) -> None:
    """Our clock lags behind the server's: all of twenty learn it from a 401."""
    session = clouds.session(name)
    assert clouds.latest(name, session).outcome == "ok"
    clouds.at = NOW + 3 * HOUR
    polls = session.latest_at_once(20, clouds.params(name), list(CONTRACTS[name].keys), NOW)
    assert {poll.outcome for poll in polls} == {"ok"}
    asked = [row["what"] for row in clouds.log()]
    assert (asked.count("login"), asked.count("refresh")) == (1, 1)
