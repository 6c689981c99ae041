"""Reads one source: its latest values, or its history from a time on, page by page."""

import time
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from telemetry_service.providers.engine.extract import Record, read_records
from telemetry_service.providers.engine.paging import Window, aligned, next_windows
from telemetry_service.providers.engine.results import Failure, FailureClass, Poll, PollFailed, Reading
from telemetry_service.providers.engine.row import History, Request
from telemetry_service.providers.engine.session import AccountSession
from telemetry_service.providers.engine.times import possible
from telemetry_service.providers.engine.verdict import NO_DATA

# Keys whose cursors lie closer than this are asked for together, from the older cursor on.
TOGETHER = timedelta(days=1)
# The wrong request for one key says nothing about the next key; the others say it about the account.
STOPS = {FailureClass.AUTH, FailureClass.RATE_LIMITED, FailureClass.TRANSIENT}
# A long history goes on in the next read; far below the lease of a source.
LONGEST_READ_S = 300.0
NOT_FOUND = 404


async def read_latest(
    session: AccountSession, *, params: Mapping[str, str], keys: Sequence[str], now: datetime
) -> Poll:
    """The newest value of each key."""
    reader = _Reader(session, params, now)
    request = session.row.latest
    for some in _batches(keys, request.most_keys):
        window = Window(now - request.window, now) if request.window else None
        if not await reader.attempt(some, reader.page(request, some, window)):
            break
        reader.mark(some, now)
    return reader.close()


async def read_history(
    session: AccountSession, *, params: Mapping[str, str], starts: Mapping[str, datetime], end: datetime, now: datetime
) -> Poll:
    """Every reading of each key of `starts` from its time on, until `end` or as far as one window reaches."""
    history = session.row.history
    if history is None:
        raise ValueError("this row has no history request")
    reader = _Reader(session, params, now)
    for keys, start in _together({key: start for key, start in starts.items() if start < end}):
        for some in _batches(keys, history.request.most_keys):
            window = aligned(Window(start, min(end, start + history.most_window)), history.page.granularity)
            if not await reader.attempt(some, reader.window(history, some, window)) or reader.is_out_of_time:
                return reader.close()
    return reader.close()


@dataclass(slots=True)
class _Reader:
    session: AccountSession
    params: Mapping[str, str]
    now: datetime
    poll: Poll = field(default_factory=Poll)
    seen: set[tuple[str, datetime, str]] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    ends_at: float = field(default_factory=lambda: time.monotonic() + LONGEST_READ_S)

    @property
    def is_out_of_time(self) -> bool:
        return time.monotonic() > self.ends_at

    async def attempt(self, keys: Sequence[str], read: Awaitable[Any]) -> bool:
        """False where going on makes no sense."""
        try:
            await read
        except PollFailed as error:
            self.poll.failure = error.failure
            self.failed.update(keys)
            return error.failure.kind not in STOPS
        return True

    def mark(self, keys: Sequence[str], until: datetime) -> None:
        self.poll.searched.update({key: until for key in keys if key not in self.failed})

    def close(self) -> Poll:
        """A read that gave nothing but what nobody can read has failed: it must not look like silence."""
        poll = self.poll
        if poll.unreadable and not poll.readings and poll.failure is None:
            poll.failure = Failure(FailureClass.PARSE, f"{poll.unreadable} registros ilegibles: {poll.trouble}")
            poll.searched.clear()
        return poll

    async def window(self, history: History, keys: Sequence[str], window: Window) -> None:
        """All pages of a window, or as many as can be had: what was read in order need not be read again."""
        pending = [(tuple(keys), window)]
        try:
            await self._pages(history, pending)
        except PollFailed as error:
            if error.failure.kind in STOPS:
                self._mark_progress(keys, window, pending)
            raise
        self._mark_progress(keys, window, pending)
        if not any(key in self.poll.searched for key in keys):
            raise _refused(f"una ventana no se lee en {LONGEST_READ_S:.0f} s: acorte history.max_window")

    async def _pages(self, history: History, pending: list[tuple[tuple[str, ...], Window]]) -> None:
        """Takes away from `pending` what it read. Keys that need the same next page are asked for together."""
        for _ in range(history.page.most_pages):
            if not pending or self.is_out_of_time:
                return
            some, asked = pending[0]
            records = await self.page(history.request, some, asked, history.page.limit)
            following: dict[Window, list[str]] = {}
            for key in some:
                for further in self._further(history, asked, [record for record in records if record.key == key]):
                    following.setdefault(further, []).append(key)
            pending[:1] = []
            pending += [(tuple(waiting), further) for further, waiting in following.items()]
        if pending:
            raise _refused(f"más de {history.page.most_pages} páginas en una ventana: acorte history.max_window")

    def _mark_progress(
        self, keys: Sequence[str], window: Window, pending: Sequence[tuple[tuple[str, ...], Window]]
    ) -> None:
        """A key is complete up to where the first of its pages begins that is still to be asked for."""
        for key in keys:
            until = min((asked.start for waiting, asked in pending if key in waiting), default=window.end)
            if until > window.start:
                self.poll.searched[key] = until

    async def page(
        self, request: Request, keys: Sequence[str], window: Window | None = None, limit: int = 1
    ) -> list[Record]:
        """The records of one request, those that are readings kept. Raises PollFailed."""
        values = self._values(keys, window, limit)
        self.poll.requests += 1
        self.poll.last_request = shown = self.session.describe(request, values)
        document, answer = await self.session.read(request, values, shown=shown, now=self.now)
        if document is NO_DATA:
            self.poll.unknown.update(keys if answer.status == NOT_FOUND else ())
            return []
        names = {key.lower(): key for key in keys} | {key: key for key in keys}
        records = list(read_records(self.session.row.extract, document, keys=names, values=values))
        self.poll.answers.append(answer)
        self._keep(records, window)
        return records

    def _keep(self, records: Sequence[Record], window: Window | None) -> None:
        for record in records:
            trouble = record.trouble or self._impossible(record)
            if trouble:
                self.poll.unreadable += 1
                self.poll.trouble = self.poll.trouble or trouble
                continue
            if record.value is None or record.device_time is None:
                continue
            identity = (record.key, record.device_time, record.value)
            if identity not in self.seen and (window is None or window.holds(record.device_time)):
                self.seen.add(identity)
                answer = len(self.poll.answers) - 1
                self.poll.readings.append(Reading(record.key, record.value, record.device_time, record.unit, answer))
        if len(self.poll.readings) > self.session.row.limits.most_records:
            raise _refused("más registros de los que limits.max_records admite: acorte history.max_window")

    def _impossible(self, record: Record) -> str:
        at = record.device_time
        if at is None or possible(at, now=self.now):
            return ""
        self.poll.impossible = at
        return f"{record.key}: hora imposible {at.isoformat()}"

    def _further(self, history: History, asked: Window, records: Sequence[Record]) -> list[Window]:
        """What a page leaves to be asked for a key: nothing after a short one."""
        if len(records) < history.page.limit:
            return []
        # A broken clock's row from another year must not be taken for the end of the window.
        times = [record.device_time for record in records if record.device_time and asked.holds(record.device_time)]
        if not times:
            raise _refused("el proveedor no respeta la ventana de tiempo pedida")
        return next_windows(history.page, asked, times)

    def _values(self, keys: Sequence[str], window: Window | None, limit: int) -> dict[str, dict[str, Any]]:
        return {
            "point": dict(self.params),
            "variable": {"key": keys[0], "keys": ",".join(keys)},
            "window": {"start": window.start, "end": window.end} if window else {},
            "page": {"limit": limit},
            "now": {"time": self.now},
        }


def _together(starts: Mapping[str, datetime]) -> Iterator[tuple[list[str], datetime]]:
    """Groups of keys that are asked for from the same time on; a key long dead drags no other into its past."""
    group: list[str] = []
    first: datetime | None = None
    for key, start in sorted(starts.items(), key=lambda item: (item[1], item[0])):
        if first is None or start - first > TOGETHER:
            if first is not None:
                yield group, first
            group, first = [], start
        group.append(key)
    if first is not None:
        yield group, first


def _batches(keys: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    for index in range(0, len(keys), most):
        yield keys[index : index + most]


def _refused(message: str) -> PollFailed:
    return PollFailed(Failure(FailureClass.CONFIG, message))
