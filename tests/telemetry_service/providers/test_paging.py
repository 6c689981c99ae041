"""A history of N points comes complete and without doubles, whatever the provider's order, bounds and page size."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.providers.engine.parse import parse_row
from telemetry_service.providers.engine.poller import read_history
from telemetry_service.providers.engine.results import Answer, Failure, FailureClass, Poll, PollFailed
from telemetry_service.providers.engine.row import Request
from telemetry_service.providers.engine.templates import Values
from telemetry_service.providers.presets import preset

START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + timedelta(hours=1)
ROW = parse_row(preset("tdata"))
HABITS: dict[str, Any] = {"ends_inside": False, "step_ms": 1, "order": "auto"}


class StoredSeries:
    """Answers like ThingsBoard from memory, with the habits that providers differ in."""

    def __init__(
        self,
        times: Mapping[str, list[datetime]],
        *,
        limit: int,
        newest_first: bool,
        ends_inside: bool,
        step_ms: int,
        order: str,
    ) -> None:
        assert ROW.history is not None
        page = replace(ROW.history.page, limit=limit, granularity=timedelta(milliseconds=step_ms), order=order)
        self.row = replace(ROW, history=replace(ROW.history, page=page))
        self.times, self.limit, self.step_ms = times, limit, step_ms
        self.newest_first, self.ends_inside = newest_first, ends_inside
        self.asked = 0
        self.always: list[datetime] = []  # rows that come whatever is asked for
        self.fails_at = 0  # at this request and all after it

    def describe(self, request: Request, values: Values) -> str:
        return "GET /"

    async def read(self, request: Request, values: Values, *, shown: str, now: datetime) -> tuple[Any, Answer]:
        self.asked += 1
        if self.asked == self.fails_at:
            raise PollFailed(Failure(FailureClass.TRANSIENT, "HTTP 502"))
        start, end = (self._sent(values["window"][name]) for name in ("start", "end"))
        document: dict[str, Any] = {}
        for key in values["variable"]["keys"].split(","):
            inside = [at for at in self.times[key] if start <= at and (at < end or (self.ends_inside and at == end))]
            inside.sort(reverse=self.newest_first)
            page = [*inside[: self.limit - len(self.always)], *self.always]
            page.sort(reverse=self.newest_first)
            document[key] = [{"ts": str(int(at.timestamp() * 1000)), "value": "1"} for at in page]
        return document, Answer("GET /", 200, b"")

    def _sent(self, at: datetime) -> datetime:
        """The time as the wire carries it: without what the format cannot say."""
        return at - (at - START) % timedelta(milliseconds=self.step_ms)


def read(session: StoredSeries, starts: Mapping[str, datetime], end: datetime = END) -> Poll:
    return asyncio.run(read_history(session, params={"device": "d"}, starts=starts, end=end, now=END))  # type: ignore[arg-type] # a fake


def complete(times: list[datetime], **habits: Any) -> StoredSeries:
    session = StoredSeries({"a": times, "b": times[::2]}, **habits)
    poll = read(session, {"a": START, "b": START})
    assert poll.failure is None
    for key in "ab":
        got = [reading.device_time for reading in poll.readings if reading.key == key]
        assert sorted(got) == sorted(session.times[key])
        assert poll.searched[key] >= END
    return session


@pytest.mark.parametrize("limit", [1, 9, 10, 11])
@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("ends_inside", [True, False])
@pytest.mark.parametrize("step_ms", [1, 1000])
@pytest.mark.parametrize("order", ["auto", "asc", "desc"])
def test_complete_for_every_habit(limit: int, newest_first: bool, ends_inside: bool, step_ms: int, order: str) -> None:
    if limit == 1 and (order == "desc") != newest_first and order != "auto":
        pytest.skip("a page of one row shows no order: what the row declares must then be right")
    times = [START + timedelta(minutes=5 * n) for n in range(10)]
    complete(times, limit=limit, newest_first=newest_first, ends_inside=ends_inside, step_ms=step_ms, order=order)


@given(
    offsets=st.sets(st.integers(0, 3_599_999), min_size=1, max_size=60),
    limit=st.integers(2, 15),
    newest_first=st.booleans(),
    ends_inside=st.booleans(),
)
def test_complete_for_any_times(offsets: set[int], limit: int, newest_first: bool, ends_inside: bool) -> None:
    times = [START + timedelta(milliseconds=offset) for offset in sorted(offsets)]
    complete(times, limit=limit, newest_first=newest_first, ends_inside=ends_inside, step_ms=1, order="auto")


def test_fractions_that_the_format_cannot_say_are_not_lost() -> None:
    times = [START + timedelta(milliseconds=700 * n) for n in range(300)]
    complete(times, limit=7, newest_first=True, ends_inside=True, step_ms=1000, order="desc")
    complete(times, limit=7, newest_first=False, ends_inside=False, step_ms=1000, order="asc")


def test_keys_are_paged_together_as_long_as_they_can_be() -> None:
    times = [START + timedelta(minutes=n) for n in range(50)]
    session = complete(times, limit=10, newest_first=False, ends_inside=False, step_ms=1, order="auto")
    assert session.asked < 12


def test_too_many_pages_are_said_and_not_taken_for_the_end() -> None:
    times = [START + timedelta(seconds=n) for n in range(3000)]
    session = StoredSeries({"a": times}, limit=10, newest_first=False, ends_inside=False, step_ms=1, order="auto")
    poll = read(session, {"a": START})
    assert poll.failure is not None
    assert poll.failure.kind is FailureClass.CONFIG
    assert "max_window" in poll.failure.message
    assert poll.searched == {}


def test_a_provider_that_ignores_the_window_is_found_out() -> None:
    session = StoredSeries(
        {"a": [END + timedelta(days=1)]}, limit=1, newest_first=True, ends_inside=False, step_ms=1, order="auto"
    )
    session.times = {"a": [START + timedelta(minutes=1)]}
    session._sent = lambda at: at - timedelta(days=400) if at < END else at  # type: ignore[method-assign]
    poll = read(session, {"a": END - timedelta(minutes=5)})
    assert poll.failure is not None
    assert "ventana" in poll.failure.message


def test_a_long_past_is_read_one_window_at_a_time() -> None:
    session = StoredSeries({"a": [START]}, limit=10, newest_first=False, ends_inside=False, step_ms=1, order="auto")
    poll = read(session, {"a": START}, START + timedelta(days=400))
    assert poll.searched == {"a": START + timedelta(days=31)}


def test_a_dead_key_drags_no_other_into_its_past() -> None:
    session = StoredSeries({"a": [], "b": []}, limit=10, newest_first=False, ends_inside=False, step_ms=1, order="auto")
    later = START + timedelta(days=20)
    poll = read(session, {"a": START, "b": later}, later + timedelta(hours=1))
    assert poll.requests == 2


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_row_of_a_broken_clock_is_not_the_end_of_the_window(newest_first: bool) -> None:
    times = [START + timedelta(minutes=n) for n in range(50)]
    session = StoredSeries(
        {"a": times}, limit=10, newest_first=newest_first, ends_inside=False, step_ms=1, order="auto"
    )
    session.always = [END + timedelta(days=3650)]
    poll = read(session, {"a": START})
    assert poll.failure is None
    assert sorted(one.device_time for one in poll.readings) == times
    assert poll.unreadable > 0
    assert "hora imposible" in poll.trouble


@pytest.mark.parametrize(("newest_first", "reached"), [(False, 20), (True, 0)])
def test_what_was_read_in_order_before_a_failure_is_not_read_again(newest_first: bool, reached: int) -> None:
    times = [START + timedelta(minutes=n) for n in range(50)]
    session = StoredSeries(
        {"a": times}, limit=10, newest_first=newest_first, ends_inside=False, step_ms=1, order="auto"
    )
    session.fails_at = 3
    poll = read(session, {"a": START})
    assert poll.failure is not None
    assert len(poll.readings) == 20  # they are facts whatever comes after them
    if reached:
        assert times[reached - 1] < poll.searched["a"] <= times[reached]
    else:
        assert poll.searched == {}


def test_a_history_that_takes_too_long_goes_on_in_the_next_read(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 10_000, 50))
    monkeypatch.setattr("telemetry_service.providers.engine.poller.time.monotonic", lambda: float(next(clock)))
    times = [START + timedelta(minutes=n) for n in range(55)]
    found: set[datetime] = set()
    start, reads = START, 0
    while start < END and reads < 50:
        session = StoredSeries({"a": times}, limit=5, newest_first=False, ends_inside=False, step_ms=1, order="auto")
        poll = read(session, {"a": start})
        assert poll.failure is None
        assert poll.searched["a"] > start
        found |= {one.device_time for one in poll.readings}
        start, reads = poll.searched["a"], reads + 1
    assert sorted(found) == times
    assert reads > 1


def test_a_window_that_cannot_be_read_in_time_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 10_000, 50))
    monkeypatch.setattr("telemetry_service.providers.engine.poller.time.monotonic", lambda: float(next(clock)))
    times = [START + timedelta(minutes=n) for n in range(55)]
    session = StoredSeries({"a": times}, limit=5, newest_first=True, ends_inside=False, step_ms=1, order="auto")
    poll = read(session, {"a": START})
    assert poll.failure is not None
    assert (poll.failure.kind, poll.searched) == (FailureClass.CONFIG, {})
    assert "max_window" in poll.failure.message


def test_two_values_of_one_time_both_come_through() -> None:
    """Which of them holds is for the store to say; it keeps both."""
    session = StoredSeries({"a": [START]}, limit=10, newest_first=False, ends_inside=False, step_ms=1, order="auto")
    answer = session.read

    async def twice(*args: Any, **said: Any) -> tuple[Any, Answer]:
        document, raw = await answer(*args, **said)
        return {"a": [*document["a"], {**document["a"][0], "value": "2"}, document["a"][0]]}, raw

    session.read = twice  # type: ignore[method-assign]
    assert [one.value for one in read(session, {"a": START}).readings] == ["1", "2"]
