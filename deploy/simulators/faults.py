"""What goes wrong, how often: drawn from the seed and the request's own key, so the order of calls changes nothing."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from deploy.simulators.chance import chance
from deploy.simulators.times import epoch_ms, read_ms

# In the order in which they are drawn: what keeps a request out comes before what spoils its answer.
KEEPS_OUT = (
    "away",
    "rate_limited",
    "forbidden",
    "token_refused",
    "html_403",
    "html_502",
    "html_200",
    "json_500",
    "redirect",
    "slow",
    "timeout_after_storing",
)
KINDS = (
    *KEEPS_OUT,
    "null_now",
    "ignores_order",
    "other_types",
    "shuffled",
    "not_modified",
    "status_false",
    "ok_without_voucher",
    "duplicate_without_voucher",
    "empty_body",
    "truncated",
    "cut",
    "slow_body",
    "oversized",
    "gzip",
    "socket_cut",
    "created_201",
    "expires_soon",
    "duplicate_refused",
    "duplicate_new_id",
)


class BadFault(Exception):
    """A switch that does not exist or cannot be set so; the message says which."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`rate` of requests meet it; `seconds` it hangs (0: the connection is cut at once where no answer comes).

    `first_attempts` limits it to the first N attempts of each request key, `only` to some devices or works, `what` to
    requests that begin so ("history", "latest", "login"), `start` and `end` (ISO) to a time of the clock, and `every_s`
    with `for_s` to the first seconds of each such period. `to` is where a redirect leads.
    """

    rate: float = 0.0
    seconds: float = 0.0
    first_attempts: int | None = None
    only: tuple[str, ...] = ()
    what: tuple[str, ...] = ()
    start: str = ""
    end: str = ""
    every_s: float = 0.0
    for_s: float = 0.0
    to: str = ""

    def is_on(self, now: datetime) -> bool:
        at = epoch_ms(now)
        if (self.start and at < read_ms(self.start)) or (self.end and at >= read_ms(self.end)):
            return False
        return not self.every_s or at % round(self.every_s * 1000) < self.for_s * 1000


@dataclass
class Faults:
    seed: int
    now: Callable[[], datetime]
    switches: dict[str, Fault] = field(default_factory=dict)
    happened: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def set(self, wanted: Mapping[str, Any]) -> None:
        """Change the named switches and leave the others; a bare number is a rate."""
        parsed = {kind: _parse(kind, value) for kind, value in wanted.items()}
        with self.lock:
            self.switches |= parsed

    def draw(self, kinds: Iterable[str], *, subject: str, key: str, attempt: int, what: str = "") -> str | None:
        """The first of `kinds` that this attempt meets."""
        kind = next((k for k in kinds if self._meets(k, subject, key, attempt, what)), None)
        if kind:
            with self.lock:
                self.happened[kind] += 1
        return kind

    def seconds(self, kind: str) -> float:
        return self.switches[kind].seconds

    def as_json(self) -> dict[str, Any]:
        return {kind: asdict(self.switches.get(kind, Fault())) for kind in KINDS}

    def _meets(self, kind: str, subject: str, key: str, attempt: int, what: str) -> bool:
        fault = self.switches.get(kind)
        if fault is None or fault.rate <= 0 or (fault.only and subject not in fault.only):
            return False
        if fault.first_attempts is not None and attempt > fault.first_attempts:
            return False
        if fault.what and not what.startswith(fault.what):
            return False
        return fault.is_on(self.now()) and chance(self.seed, kind, subject, key, attempt) < fault.rate


def _parse(kind: str, value: Any) -> Fault:
    if kind not in KINDS:
        raise BadFault(f"{kind}: no such fault ({', '.join(KINDS)})")
    settings: dict[str, Any] = {"rate": value} if isinstance(value, int | float) else dict(value)
    lists = {name: tuple(settings.get(name, ())) for name in ("only", "what")}
    try:
        fault = Fault(**settings | lists)
        _ = [read_ms(text) for text in (fault.start, fault.end) if text]
    except (TypeError, ValueError) as error:
        raise BadFault(f"{kind}: {error}") from error
    if not 0 <= fault.rate <= 1:
        raise BadFault(f"{kind}: the rate is between 0 and 1")
    return fault
