"""When whoever has a session last showed the password: kept in the session, said in its tokens."""

from collections.abc import MutableMapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from shared import clock

KEY = "proved_at"


def keep_proof(session: MutableMapping[str, Any], at: datetime) -> None:
    session[KEY] = at.isoformat()


def proved_at(session: MutableMapping[str, Any]) -> datetime | None:
    """None in a session that is older than this record."""
    kept = session.get(KEY)
    return datetime.fromisoformat(kept) if kept else None


def when_logged_in(sender: Any, request: HttpRequest, **_: Any) -> None:
    """Receives Django's `user_logged_in`."""
    keep_proof(request.session, clock.now())
