"""A feed of any shuffling, doubling, lateness and order of pages ends equal to the truth."""

import asyncio
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemetry_service.collect.poll import collect_due
from telemetry_service.providers.adapters import Account, Answer, registry
from telemetry_service.providers.adapters.http_api import HttpApi, HttpSession
from telemetry_service.providers.engine.row import Request, Row
from telemetry_service.providers.engine.templates import Values

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
HOURS = 6
LOOK_BACK = 2 * HOUR  # of the preset: who is later than that is found by the gaps, not here


@dataclass(frozen=True)
class Sent:
    """A reading of the device, and when it reached the provider: perhaps late, perhaps twice."""

    minute: int
    late: int
    value: int
    times: int

    @property
    def device_time(self) -> datetime:
        return NOW + self.minute * MINUTE

    @property
    def arrived_at(self) -> datetime:
        return self.device_time + self.late * MINUTE


@dataclass
class Feed:
    """The provider's habits: what it has when asked, in which order, and how much of it at once."""

    sent: list[Sent]
    newest_first: bool
    limit: int
    ends_inside: bool
    shuffle: Callable[[list[Any]], None]
    now: datetime = NOW

    def page(self, start: datetime, end: datetime) -> list[dict[str, str]]:
        inside = [
            one
            for one in self.sent
            if one.arrived_at <= self.now
            and start <= one.device_time
            and (one.device_time < end or (self.ends_inside and one.device_time == end))
        ]
        inside.sort(key=lambda one: one.device_time, reverse=self.newest_first)
        rows = [{"ts": str(int(one.device_time.timestamp() * 1000)), "value": str(one.value)} for one in inside]
        page = rows[: self.limit]
        if len(page) < self.limit:  # a short page may come in any order, and a row twice
            page += [row for row, one in zip(page, inside, strict=False) for _ in range(one.times - 1)]
            page = page[: self.limit - 1] if len(page) >= self.limit else page
            self.shuffle(page)
        return page


class FeedSession:
    """In place of the account's HTTP session: the pages come from a Feed."""

    def __init__(self, row: Row, feed: Feed) -> None:
        assert row.history is not None
        page = replace(row.history.page, limit=feed.limit)
        self.row = replace(row, history=replace(row.history, page=page))
        self.feed = feed

    def describe(self, request: Request, values: Values) -> str:
        return "GET /"

    async def read(self, request: Request, values: Values, *, shown: str, now: datetime) -> tuple[Any, Answer]:
        await asyncio.sleep(0)
        window = values["window"]
        page = self.feed.page(window["start"], window["end"])
        return {"5001": page}, Answer(shown, 200, repr(page).encode())

    async def close(self) -> None:
        """Holds nothing."""


class FeedApi(HttpApi):
    def __init__(self) -> None:
        self.feeds: dict[str, Feed] = {}

    def open(self, account: Account) -> HttpSession:
        feed = self.feeds[account.parsed.base_url]
        return HttpSession(FeedSession(account.parsed, feed))  # type: ignore[arg-type] # a fake


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FeedApi:
    api = FeedApi()
    monkeypatch.setitem(registry.BUILT_IN, "HTTP_API", api)
    return api


readings = st.lists(
    st.builds(
        Sent,
        minute=st.integers(0, HOURS * 60),
        late=st.integers(0, 119),
        value=st.integers(0, 10**12),
        times=st.integers(1, 3),
    ),
    max_size=40,
    unique_by=lambda one: one.minute,
)


@given(
    sent=readings,
    newest_first=st.booleans(),
    limit=st.integers(2, 30),
    ends_inside=st.booleans(),
    period=st.sampled_from([1, 5, 10, 60]),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_the_store_ends_equal_to_what_the_device_sent(
    api: FeedApi,
    make_provider: Callable[..., Any],
    make_source: Callable[..., Any],
    sent: list[Sent],
    newest_first: bool,
    limit: int,
    ends_inside: bool,
    period: int,
    seed: int,
) -> None:
    from telemetry_service.raw.models import RawConflict, RawTelemetryData

    name = f"https://{uuid.uuid4()}.example.cl"
    feed = Feed(sent, newest_first, limit, ends_inside, random.Random(seed).shuffle)
    api.feeds[name] = feed
    provider = make_provider("tdata", name, base_url=name)
    source = make_source("tdata", provider=provider, variables={"5001": "flow"}, period_s=period * 60, history_from=NOW)
    steps = range(0, HOURS * 60 + 121, max(period, 20))  # a poll of every period would take minutes of test
    for minute in [*steps, HOURS * 60 + 121]:
        feed.now = NOW + minute * MINUTE
        collect_due(feed.now)
    rows = RawTelemetryData.objects.filter(source_id=source.id).values_list("device_time", "value")
    assert sorted(rows) == sorted((one.device_time, str(one.value)) for one in sent)
    assert not RawConflict.objects.filter(source_id=source.id).exists()
