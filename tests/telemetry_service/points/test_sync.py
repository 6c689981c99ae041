"""The copy of the points follows Core's feed by cursor."""

import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from shared.clients.feed import FeedPage
from shared.errors import Unreachable
from telemetry_service.clients.core import ConfigChange, PointChange
from telemetry_service.points.models import Point, PointConfig, SyncCursor
from telemetry_service.points.operations import sync_points
from telemetry_service.points.queries import config_at, config_versions, known_points

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
POINT = uuid.UUID(int=1)


def change(
    point: uuid.UUID = POINT, *configs: ConfigChange, name: str = "Pozo 1", deleted: bool = False
) -> PointChange:
    return PointChange(point, f"C-{point.int}", name, "WELL", "active", 60, deleted, configs, NOW)


@dataclass
class Feed:
    pages: dict[str, FeedPage[PointChange]]
    asked: list[str] = field(default_factory=list)

    def __call__(self, cursor: str) -> FeedPage[PointChange]:
        self.asked.append(cursor)
        return self.pages[cursor]


def test_pages_are_followed_and_the_cursor_is_kept() -> None:
    feed = Feed(
        {
            "": FeedPage((change(),), "1", more=True),
            "1": FeedPage((change(uuid.UUID(int=2)),), "2", more=False),
            "2": FeedPage((), "2", more=False),
        }
    )
    assert sync_points(read=feed, now=NOW) == 2
    assert sync_points(read=feed, now=NOW + DAY) == 0
    assert feed.asked == ["", "1", "2"]
    assert SyncCursor.objects.get().synced_at == NOW + DAY
    assert set(known_points()) == {POINT, uuid.UUID(int=2)}


def test_a_page_is_applied_again_without_harm_and_a_change_overwrites() -> None:
    first = ConfigChange(1, None, {"well_depth": 100})
    second = ConfigChange(2, NOW, {"well_depth": 120})
    renamed = change(POINT, first, second, name="Nuevo")
    pages = {"": FeedPage((change(POINT, first),), "1", more=False), "1": FeedPage((renamed,), "2", more=False)}
    feed = Feed(pages)
    sync_points(read=feed, now=NOW)
    sync_points(read=feed, now=NOW)
    assert Point.objects.get().name == "Nuevo"
    assert [one.version for one in config_versions(POINT)] == [1, 2]


def test_core_away_changes_nothing() -> None:
    def away(cursor: str) -> FeedPage[PointChange]:
        raise Unreachable("core no responde")

    with pytest.raises(Unreachable):
        sync_points(read=away, now=NOW)
    assert not SyncCursor.objects.exists()


def test_a_crash_between_two_pages_repeats_nothing_and_skips_nothing() -> None:
    feed = Feed({"": FeedPage((change(),), "1", more=True)})
    with pytest.raises(KeyError):
        sync_points(read=feed, now=NOW)
    assert Point.objects.count() == 1
    feed.pages["1"] = FeedPage((change(uuid.UUID(int=2)),), "2", more=False)
    assert sync_points(read=feed, now=NOW) == 1
    assert feed.asked == ["", "1", "1"]


def test_a_deleted_point_is_known_no_more_but_keeps_its_row() -> None:
    sync_points(read=Feed({"": FeedPage((change(deleted=True),), "1", more=False)}), now=NOW)
    assert known_points() == {}
    assert Point.objects.count() == 1


def test_the_configuration_that_held_at_a_time() -> None:
    versions = (
        ConfigChange(1, None, {"sensor_depth": 60}),
        ConfigChange(2, NOW, {"sensor_depth": 70}),
        ConfigChange(3, NOW - 10 * DAY, {"sensor_depth": 65}),  # last week corrected, made today
        ConfigChange(4, None, {"sensor_depth": 61}),
    )
    sync_points(read=Feed({"": FeedPage((change(POINT, *versions),), "1", more=False)}), now=NOW)

    def version(at: datetime) -> int:
        found = config_at(POINT, at)
        assert found is not None
        return found.version

    assert version(NOW - 20 * DAY) == 4
    assert version(NOW - 10 * DAY) == 3
    assert version(NOW - timedelta(seconds=1)) == 3
    assert version(NOW) == 2
    assert config_at(uuid.uuid4(), NOW) is None


@pytest.mark.parametrize(("name", "version"), [("point_config_version_once", 1), ("point_config_version_from_one", 0)])
def test_constraints(name: str, version: int) -> None:
    sync_points(read=Feed({"": FeedPage((change(POINT, ConfigChange(1, None, {})),), "1", more=False)}), now=NOW)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        PointConfig.objects.create(point_id=POINT, version=version)


def test_where_a_point_lies_comes_with_it() -> None:
    placed = replace(change(), latitude=-34.1708, longitude=-70.7444, altitude=None)
    sync_points(read=Feed({"": FeedPage((placed,), "1", more=False)}), now=NOW)
    found = Point.objects.get()
    assert (found.latitude, found.longitude, found.altitude) == (-34.1708, -70.7444, None)
