"""Makes sure of a session for everything that is about to be sent. The network is in no transaction, nor in a claim."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from django.conf import settings

from compliance_service.authorities.answers import Answer
from compliance_service.authorities.interface import Authority, Credential
from compliance_service.authorities.sessions import Session, claim_log_in, end_log_in, kept_session, mark_of
from compliance_service.authorities.wire import Exchange

THREADS = 4
# By the mark of a credential: a session, why there is none, or None where another process is logging in.
Sessions = Mapping[str, Session | Answer | None]


def open_sessions(wanted: Iterable[tuple[Authority, Credential]], *, now: datetime) -> Sessions:
    """One log-in for each credential that has no good session."""
    found: dict[str, Session | Answer | None] = {}
    missing: dict[str, tuple[Authority, Credential]] = {}
    for authority, credential in wanted:
        mark = mark_of(credential)
        if mark in found:
            continue
        found[mark] = kept_session(mark, now=now)
        if found[mark] is None and claim_log_in(mark, now=now):
            missing[mark] = (authority, credential)
    if missing:
        with ThreadPoolExecutor(max_workers=min(THREADS, len(missing))) as pool:
            for (mark, (authority, _)), exchange in zip(
                missing.items(), pool.map(_log_in, missing.values()), strict=True
            ):
                found[mark] = end_log_in(mark, authority.read_log_in(exchange, now=now), now=now)
    return found


def _log_in(who: tuple[Authority, Credential]) -> Exchange:
    authority, credential = who
    return authority.log_in(credential, allow=list(settings.OUTBOUND_ALLOW))
