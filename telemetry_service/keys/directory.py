"""The keys that this process met lately. A request with one of them asks the database nothing.

Every second at most the process asks whether any key changed; if one did it forgets them all, so that a revoked key
opens nothing a second after the copy knows. Expiry is looked at in each request.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from shared.auth.api_keys import is_secret, read_key
from shared.clock import CHILE
from telemetry_service.keys.errors import ExpiredKey, MalformedKey, RevokedKey, UnknownKey
from telemetry_service.keys.holder import KeyHolder
from telemetry_service.keys.queries import FoundSecret

MOST_REMEMBERED = 16_384  # of about 1 kB each
LOOK_EVERY_S = 1.0
AGAIN = "pida otra a quien administra las claves y póngala en el equipo"


@dataclass(slots=True)
class Known:
    """A secret as it is remembered. `used_at` moves when a use of it is noted."""

    holder: KeyHolder
    found: FoundSecret = field(repr=False)
    used_at: datetime | None


@dataclass(slots=True)
class Directory:
    """`find` reads a secret by its prefix, `generation` says something else after any key changed."""

    find: Callable[[str], FoundSecret | None]
    generation: Callable[[], str]
    most: int = MOST_REMEMBERED
    look_every_s: float = LOOK_EVERY_S
    monotonic: Callable[[], float] = time.monotonic
    _known: OrderedDict[str, Known] = field(default_factory=OrderedDict)
    _seen: str | None = None
    _looked_s: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def authenticate(self, text: str, *, now: datetime) -> Known:
        """Whose key `text` is. Raises MalformedKey, UnknownKey, RevokedKey or ExpiredKey."""
        presented = read_key(text)
        if presented is None:
            raise MalformedKey("La clave está incompleta o no es una clave de dispositivo: cópiela entera, «stk_…».")
        known = self._look_up(presented.prefix)
        # A wrong secret is told the same as an unknown prefix: a prefix is public, whether it lives is not.
        if known is None or not is_secret(presented.secret, hash_key=known.found.hash_key, digest=known.found.digest):
            raise UnknownKey(f"Nadie conoce esta clave: revise que se haya copiado entera, o {AGAIN}.")
        _check_alive(known.found, now)
        return known

    def _look_up(self, prefix: str) -> Known | None:
        seen = self._forget_if_changed()
        with self._lock:
            if prefix in self._known:
                self._known.move_to_end(prefix)
                return self._known[prefix]
        found = self.find(prefix)
        if found is None:
            return None  # not remembered: whoever tries many would push out those that work
        known = Known(_holder(found), found, found.used_at)
        with self._lock:
            # Read before a change and kept after it, a row would be believed for ever.
            if seen == self._seen:
                self._known[prefix] = known
                if len(self._known) > self.most:
                    self._known.popitem(last=False)
        return known

    def _forget_if_changed(self) -> str | None:
        if self.monotonic() - self._looked_s >= self.look_every_s:
            self._looked_s = self.monotonic()
            generation = self.generation()
            with self._lock:
                if generation != self._seen:
                    self._known.clear()
                    self._seen = generation
        return self._seen


def _holder(found: FoundSecret) -> KeyHolder:
    return KeyHolder(found.key_id, found.name, frozenset(found.sources) or None, frozenset(found.points) or None)


def _check_alive(found: FoundSecret, now: datetime) -> None:
    if found.revoked_at is not None:
        raise RevokedKey(f"Esta clave fue revocada: {AGAIN}.")
    if found.expires_at is not None and now >= found.expires_at:
        raise ExpiredKey(f"Esta clave venció el {_day(found.expires_at)}: pida que la prolonguen, o {AGAIN}.")
    if found.ends_at is not None and now >= found.ends_at:
        raise ExpiredKey(f"Esta clave se cambió por otra y dejó de valer el {_day(found.ends_at)}: ponga la nueva.")


def _day(at: datetime) -> str:
    return at.astimezone(CHILE).strftime("%d-%m-%Y %H:%M")
