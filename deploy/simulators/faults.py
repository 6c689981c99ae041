"""What goes wrong, how often: drawn from the seed and the request's own key, so the order of calls changes nothing."""

import hashlib
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

# In the order in which they are drawn: what keeps a request out comes before what spoils its answer.
KINDS = (
    "rate_limited",
    "html_403",
    "html_502",
    "slow",
    "timeout_after_storing",
    "null_now",
    "ok_without_voucher",
    "duplicate_without_voucher",
    "empty_body",
)


class BadFault(Exception):
    """A switch that does not exist or cannot be set so; the message says which."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`rate` of requests meet it; `seconds` it hangs (0: the connection is cut at once where no answer comes).

    `first_attempts` limits it to the first N attempts of each request key, `only` to some devices or works.
    """

    rate: float = 0.0
    seconds: float = 0.0
    first_attempts: int | None = None
    only: tuple[str, ...] = ()


@dataclass
class Faults:
    seed: int
    switches: dict[str, Fault] = field(default_factory=dict)
    happened: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def set(self, wanted: Mapping[str, Any]) -> None:
        """Change the named switches and leave the others; a bare number is a rate."""
        parsed = {kind: _parse(kind, value) for kind, value in wanted.items()}
        with self.lock:
            self.switches |= parsed

    def draw(self, kinds: Iterable[str], *, subject: str, key: str, attempt: int) -> str | None:
        """The first of `kinds` that this attempt meets."""
        kind = next((k for k in kinds if self._meets(k, subject, key, attempt)), None)
        if kind:
            with self.lock:
                self.happened[kind] += 1
        return kind

    def seconds(self, kind: str) -> float:
        return self.switches[kind].seconds

    def as_json(self) -> dict[str, Any]:
        return {kind: asdict(self.switches.get(kind, Fault())) for kind in KINDS}

    def _meets(self, kind: str, subject: str, key: str, attempt: int) -> bool:
        fault = self.switches.get(kind)
        if fault is None or fault.rate <= 0 or (fault.only and subject not in fault.only):
            return False
        if fault.first_attempts is not None and attempt > fault.first_attempts:
            return False
        return chance(self.seed, kind, subject, key, attempt) < fault.rate


def chance(*parts: object) -> float:
    """A number in [0, 1) that depends on the parts alone."""
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


def _parse(kind: str, value: Any) -> Fault:
    if kind not in KINDS:
        raise BadFault(f"{kind}: no such fault ({', '.join(KINDS)})")
    settings: dict[str, Any] = {"rate": value} if isinstance(value, int | float) else dict(value)
    try:
        fault = Fault(**settings | {"only": tuple(settings.get("only", ()))})
    except TypeError as error:
        raise BadFault(f"{kind}: {error}") from error
    if not 0 <= fault.rate <= 1:
        raise BadFault(f"{kind}: the rate is between 0 and 1")
    return fault
