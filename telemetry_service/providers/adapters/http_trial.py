"""The dry run of an HTTP row: its latest, a piece of its history, and which keys the device has."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from telemetry_service.providers.adapters.interface import Account, Ask
from telemetry_service.providers.adapters.trial import Tried
from telemetry_service.providers.engine.extract import read_all
from telemetry_service.providers.engine.jsonpath import read_json
from telemetry_service.providers.engine.poller import STOPS, read_history, read_latest
from telemetry_service.providers.engine.results import Answer, Poll, PollFailed
from telemetry_service.providers.engine.row import Row
from telemetry_service.providers.engine.session import AccountSession
from telemetry_service.providers.engine.times import says_no_zone
from telemetry_service.providers.engine.verdict import NO_DATA

# A person waits for it, so nothing is tried twice.
LONGEST_READ_S = 15.0
INCLUSIVE = timedelta(milliseconds=1)


async def try_row(account: Account, ask: Ask) -> Tried:
    tried = Tried(has_history=account.parsed.history is not None)
    session = AccountSession(
        _hurried(account.parsed),
        account.credentials,
        gate=account.gate,
        allow=account.allow,
        pause=account.pause,
        trace=tried.steps.append,
    )
    try:
        await _run(session, ask, tried)
    finally:
        await session.close()
    return tried


def _hurried(row: Row) -> Row:
    limits = replace(row.limits, backoff_s=(), read_s=min(row.limits.read_s, LONGEST_READ_S))
    return replace(row, limits=limits)


async def _run(session: AccountSession, ask: Ask, tried: Tried) -> None:
    offered: dict[str, frozenset[str]] = {}
    for group in ask.by_params():
        latest = await read_latest(session, params=group.params, keys=list(group.starts), now=ask.now)
        tried.latest.add(latest)
        if latest.failure is not None and latest.failure.kind in STOPS:
            return
        offered |= await _offered(session, group, latest)
        if session.row.history is not None:
            tried.history.add(await _recent(session, group, latest))
    tried.offered = offered
    tried.without_zone = _without_zone(session.row, tried.latest)


async def _recent(session: AccountSession, group: Ask, latest: Poll) -> Poll:
    """As long a piece of the past as `group` asks for, before the newest reading there is."""
    newest = max(latest.by_key().values(), default=group.end)
    behind = max(group.end - newest - INCLUSIVE, timedelta(0))
    starts = {key: start - behind for key, start in group.starts.items()}
    return await read_history(session, params=group.params, starts=starts, end=group.end - behind, now=group.now)


async def _offered(session: AccountSession, group: Ask, latest: Poll) -> dict[str, frozenset[str]]:
    """By the provider's own list, or by an answer that holds all that there is."""
    if session.row.discovery is not None:
        known = await _listed(session, group)
    elif session.row.latest.gives_all:
        known = frozenset(key for answer in latest.answers for key, _ in _all(session.row, answer)) or None
    else:
        known = None
    return {} if known is None else dict.fromkeys(group.starts, known)


async def _listed(session: AccountSession, group: Ask) -> frozenset[str] | None:
    discovery = session.row.discovery
    if discovery is None:
        return None
    values: Mapping[str, Mapping[str, Any]] = {"point": group.params, "now": {"time": group.now}}
    try:
        shown = session.describe(discovery.request, values)
        document, _ = await session.read(discovery.request, values, shown=shown, now=group.now)
    except PollFailed:
        return None  # it only helps; what it says of the account the latest has said already
    return None if document is NO_DATA else frozenset(str(key) for _, key in discovery.keys.every(document))


def _without_zone(row: Row, latest: Poll) -> frozenset[str]:
    odd = {n for n, answer in enumerate(latest.answers) if any(says_no_zone(at) for _, at in _all(row, answer))}
    return frozenset(reading.key for reading in latest.readings if reading.answer in odd)


def _all(row: Row, answer: Answer) -> Iterator[tuple[str, Any]]:
    return read_all(row.extract, read_json(answer.body), values={"variable": {"key": "?", "keys": "?"}})
