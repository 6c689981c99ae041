"""The copy of the keys follows Core's feed by cursor, and Core learns which were used."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from shared.auth.api_keys import NewSecret, make_secret
from shared.clients.feed import FeedPage
from shared.errors import Unreachable
from telemetry_service.clients.core_keys import KeyChange, SecretChange
from telemetry_service.keys.current import directory
from telemetry_service.keys.directory import Directory
from telemetry_service.keys.errors import RevokedKey, UnknownKey
from telemetry_service.keys.health import check_health
from telemetry_service.keys.models import ApiKey, ApiKeySecret, ApiKeyUse
from telemetry_service.keys.operations import sync_keys, tell_uses
from telemetry_service.keys.queries import untold_uses
from telemetry_service.keys.uses import note_use
from telemetry_service.points.models import SyncCursor

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
KEY, SOURCE, POINT = UUID(int=1), UUID(int=2), UUID(int=3)


def secret_of(new: NewSecret, ends_at: datetime | None = None) -> SecretChange:
    return SecretChange(new.prefix, new.digest, new.hash_key, ends_at)


def change(*secrets: SecretChange, key: UUID = KEY, name: str = "Logger") -> KeyChange:
    return KeyChange(key, name, (SOURCE,), (POINT,), None, None, NOW, secrets)


@dataclass
class Feed:
    """Core's: each change is a page."""

    changes: list[KeyChange] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __call__(self, cursor: str) -> FeedPage[KeyChange]:
        self.asked.append(cursor)
        at = int(cursor or 0)
        page = self.changes[at : at + 1]
        return FeedPage(tuple(page), str(at + len(page)), at + 1 < len(self.changes))


@pytest.fixture
def quick() -> Directory:
    """Looks at each request whether something changed."""
    found = directory()
    found.look_every_s = 0
    return found


def test_a_key_opens_after_the_copy_knows_it(quick: Directory) -> None:
    new, feed = make_secret(), Feed()
    feed.changes.append(change(secret_of(new)))
    with pytest.raises(UnknownKey):
        quick.authenticate(new.text, now=NOW)
    assert sync_keys(read=feed, now=NOW) == 1
    holder = quick.authenticate(new.text, now=NOW).holder
    assert (holder.key_id, holder.name) == (KEY, "Logger")
    assert (holder.sources, holder.points) == (frozenset({SOURCE}), frozenset({POINT}))


def test_pages_are_followed_and_the_cursor_is_its_own() -> None:
    feed = Feed([change(secret_of(make_secret()), key=UUID(int=n), name=f"L{n}") for n in range(3)])
    SyncCursor.objects.create(feed="core.points", cursor="77", synced_at=NOW)
    assert sync_keys(read=feed, now=NOW) == 3
    assert sync_keys(read=feed, now=NOW + DAY) == 0
    assert feed.asked == ["", "1", "2", "3"]
    assert dict(SyncCursor.objects.values_list("feed", "cursor")) == {"core.points": "77", "core.keys": "3"}


def test_revoked_prolonged_and_renamed(quick: Directory) -> None:
    new = make_secret()
    first = change(secret_of(new))
    feed = Feed([first, replace(first, name="Otro", points=()), replace(first, revoked_at=NOW)])
    for expected in ("Logger", "Otro"):
        sync_keys(read=lambda cursor: replace(feed(cursor), more=False), now=NOW)
        assert quick.authenticate(new.text, now=NOW).holder.name == expected
    sync_keys(read=feed, now=NOW)
    with pytest.raises(RevokedKey):
        quick.authenticate(new.text, now=NOW)


def test_rotated_both_open_and_a_secret_that_core_dropped_opens_no_more(quick: Directory) -> None:
    old, new = make_secret(), make_secret()
    feed = Feed([change(secret_of(old))])
    sync_keys(read=feed, now=NOW)
    feed.changes.append(change(secret_of(new), secret_of(old, NOW + DAY)))
    sync_keys(read=feed, now=NOW)
    assert {quick.authenticate(one.text, now=NOW).holder.key_id for one in (old, new)} == {KEY}
    feed.changes.append(change(secret_of(new)))
    sync_keys(read=feed, now=NOW)
    with pytest.raises(UnknownKey):
        quick.authenticate(old.text, now=NOW)


def test_a_page_is_applied_again_without_harm() -> None:
    feed = Feed([change(secret_of(make_secret()))])
    sync_keys(read=feed, now=NOW)
    before = (list(ApiKey.objects.values()), list(ApiKeySecret.objects.values("prefix", "digest", "key_id")))
    SyncCursor.objects.all().delete()
    sync_keys(read=feed, now=NOW)
    assert (list(ApiKey.objects.values()), list(ApiKeySecret.objects.values("prefix", "digest", "key_id"))) == before


def test_with_core_away_devices_go_on(quick: Directory) -> None:
    def away(cursor: str) -> FeedPage[KeyChange]:
        raise Unreachable("core no responde")

    new = make_secret()
    sync_keys(read=Feed([change(secret_of(new))]), now=NOW)
    with pytest.raises(Unreachable):
        sync_keys(read=away, now=NOW + DAY)
    assert quick.authenticate(new.text, now=NOW + DAY).holder.key_id == KEY


@dataclass
class Core:
    told: list[list[tuple[UUID, datetime]]] = field(default_factory=list)
    away: bool = False

    def __call__(self, uses: Sequence[tuple[UUID, datetime]]) -> None:
        if self.away:
            raise Unreachable("core no responde")
        self.told.append(list(uses))


def test_core_is_told_once_of_each_use(quick: Directory) -> None:
    new, core = make_secret(), Core()
    sync_keys(read=Feed([change(secret_of(new))]), now=NOW)
    assert tell_uses(tell=core) == 0
    for minutes in (0, 5, 11):
        at = NOW + minutes * MINUTE
        note_use(quick.authenticate(new.text, now=at), now=at)
        tell_uses(tell=core)
    assert core.told == [[(KEY, NOW)], [(KEY, NOW + 11 * MINUTE)]]


def test_a_use_is_kept_until_core_is_back(quick: Directory) -> None:
    new, core = make_secret(), Core(away=True)
    sync_keys(read=Feed([change(secret_of(new))]), now=NOW)
    note_use(quick.authenticate(new.text, now=NOW), now=NOW)
    with pytest.raises(Unreachable):
        tell_uses(tell=core)
    assert untold_uses(limit=10) == [(KEY, NOW)]
    core.away = False
    assert tell_uses(tell=core) == 1
    assert untold_uses(limit=10) == []


def test_of_two_processes_the_later_use_stays(quick: Directory) -> None:
    new = make_secret()
    sync_keys(read=Feed([change(secret_of(new))]), now=NOW)
    other = Directory(find=quick.find, generation=quick.generation)
    one, two = (each.authenticate(new.text, now=NOW) for each in (quick, other))
    note_use(one, now=NOW + 30 * MINUTE)
    note_use(two, now=NOW)  # its clock is behind
    assert ApiKeyUse.objects.get().used_at == NOW + 30 * MINUTE


@pytest.mark.parametrize(
    ("ends_in", "used", "revoked", "counted"),
    [
        (13 * DAY, True, False, 1),
        (15 * DAY, True, False, 0),
        (-DAY, True, False, 0),
        (13 * DAY, False, False, 0),
        (13 * DAY, True, True, 0),
        (None, True, False, 0),
    ],
)
def test_a_key_in_use_that_is_about_to_end_is_said(
    ends_in: timedelta | None, used: bool, revoked: bool, counted: int
) -> None:
    ends_at = None if ends_in is None else NOW + ends_in
    key = replace(change(), expires_at=ends_at, revoked_at=NOW if revoked else None)
    sync_keys(read=Feed([key]), now=NOW)
    if used:
        ApiKeyUse.objects.create(key_id=KEY, used_at=NOW - DAY)
    assert check_health(NOW) == counted
