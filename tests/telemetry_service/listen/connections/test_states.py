"""How a connection stands is written down, and what was refused is not tried again at once."""

from datetime import timedelta

import pytest

from telemetry_service.listen.connections import states
from telemetry_service.listen.connections.shards import Shard
from telemetry_service.listen.connections.states import Standing
from telemetry_service.listen.health import check_health
from telemetry_service.listen.models import Connection, ConnectionState, DeadLetter, Undated
from telemetry_service.listen.upkeep import clean_up, keep_house
from telemetry_service.providers.models import Provider
from tests.telemetry_service.listen.conftest import NOW, Make, keep, sent

pytestmark = pytest.mark.django_db
SHARD, MINUTE = Shard(), timedelta(minutes=1)
REFUSED = Standing(ConnectionState.REFUSED, "no")


def note(account: Provider, standing: Standing, *, version: int = 1, after: timedelta = timedelta(0)) -> Connection:
    said = {"provider_id": account.id, "version": version, "shard": SHARD, "standing": standing, "filters": ["a/#"]}
    states.note(**said, now=NOW + after)  # type: ignore[arg-type]
    return Connection.objects.get()


def opening(account: Provider, version: int, after: timedelta) -> states.Opening:
    return states.opening(provider_id=account.id, version=version, shard=SHARD, now=NOW + after)


def test_a_refusal_waits_longer_each_time_and_a_changed_account_not_at_all(make_account: Make) -> None:
    account = make_account()
    assert not opening(account, 1, MINUTE).waits
    waits = [note(account, REFUSED).retry_at for _ in range(8)]
    assert [(at - NOW) // MINUTE for at in waits if at] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert opening(account, 1, 59 * MINUTE).waits
    assert not opening(account, 2, MINUTE).waits
    assert not opening(account, 1, 60 * MINUTE).waits
    account.refresh_from_db()
    assert (account.failures, account.postponed_until) == (8, NOW + timedelta(hours=1))


def test_a_connection_that_stands_forgets_what_was(make_account: Make) -> None:
    account = make_account()
    note(account, REFUSED)
    row = note(account, Standing(ConnectionState.CONNECTED), after=MINUTE)
    assert (row.failures, row.retry_at, row.since) == (0, None, NOW + MINUTE)
    assert note(account, Standing(ConnectionState.CONNECTED, "x"), after=2 * MINUTE).since == NOW + MINUTE
    account.refresh_from_db()
    assert (account.failures, account.postponed_until, account.last_ok_at) == (0, None, NOW + 2 * MINUTE)


def test_the_next_listener_knows_what_the_session_is_subscribed_to(make_account: Make) -> None:
    account = make_account()
    note(account, Standing(ConnectionState.CONNECTED))
    states.closed(provider_ids=[account.id], shard=SHARD, now=NOW + MINUTE)
    assert opening(account, 1, MINUTE) == states.Opening(waits=False, subscribed=frozenset({"a/#"}))
    assert Connection.objects.get().state == ConnectionState.CLOSED


def test_who_looks_at_health_sees_what_is_down_silent_and_dead(make_account: Make) -> None:
    account = make_account()
    note(account, Standing(ConnectionState.CONNECTED))
    assert check_health(NOW + MINUTE) == 0
    assert check_health(NOW + 4 * MINUTE) == 1
    states.seen(provider_ids=[account.id], shard=SHARD, now=NOW + 4 * MINUTE)
    assert check_health(NOW + 5 * MINUTE) == 0
    note(account, REFUSED, after=5 * MINUTE)
    assert check_health(NOW + 5 * MINUTE) == 1
    states.closed(provider_ids=[account.id], shard=SHARD, now=NOW)
    assert check_health(NOW + 60 * MINUTE) == 0


@pytest.mark.parametrize(
    ("standing", "since", "left"),
    [
        (Standing(ConnectionState.CONNECTED), timedelta(0), 1),
        (Standing(ConnectionState.CONNECTED), 11 * MINUTE, 2),
        (Standing(ConnectionState.UNREACHABLE), timedelta(0), 2),
    ],
)
def test_a_receive_time_is_forgotten_once_its_acknowledgement_must_have_arrived(
    make_account: Make, make_listened: Make, standing: Standing, since: timedelta, left: int
) -> None:
    make_listened(account := make_account())
    note(account, standing, after=since)
    for minute in (5, 15):
        keep(sent(account, {"caudal": minute}, at=NOW + minute * MINUTE))
    keep_house(NOW + 20 * MINUTE)
    assert Undated.objects.count() == left


def test_once_a_day_what_is_old_goes(make_account: Make, make_listened: Make) -> None:
    make_listened(account := make_account())
    keep(sent(account, {"caudal": 1}), sent(account, b"{"))
    assert clean_up(NOW + timedelta(days=7)) == 0
    assert clean_up(NOW + timedelta(days=9)) == 1
    assert clean_up(NOW + timedelta(days=31)) == 1
    assert not Undated.objects.exists()
    assert not DeadLetter.objects.exists()
