"""How a read ends: readings, no data, or a failure with a class. A failure is never a number."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum


class FailureClass(StrEnum):
    AUTH = "auth"  # credentials refused: stop until a person looks
    CONFIG = "config"  # the provider understood and says that the request is wrong
    RATE_LIMITED = "rate_limited"  # the account waits, nobody else does
    TRANSIENT = "transient"  # network, gateway, server: soon again
    PARSE = "parse"  # an answer that cannot be read


class Reason(StrEnum):
    ADDRESS = "address"  # private, or plain http, and not allow-listed
    CERTIFICATE = "certificate"
    REDIRECT = "redirect"
    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    UNKNOWN = "unknown"  # the provider has none of what was asked for


def plain(text: str, longest: int) -> str:
    """A stranger's text, fit for a column and a log line: printable characters only, and not too many."""
    if not text.isprintable():
        text = "".join(character for character in text if character.isprintable())
    return text[:longest]


@dataclass(frozen=True, slots=True)
class Failure:
    kind: FailureClass
    message: str  # without secrets
    status: int | None = None
    wait_s: float | None = None
    reason: Reason | None = None  # where the class alone does not tell a person what to do


class PollFailed(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.kind}: {failure.message}")
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Reading:
    """`value` is the provider's own text, `device_time` aware UTC, `answer` the index of the answer it came in."""

    key: str
    value: str
    device_time: datetime
    unit: str
    answer: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider said: the body's bytes as they came, and the request without its secrets."""

    request: str
    status: int
    body: bytes = field(repr=False)


@dataclass(slots=True)
class Poll:
    """What one read of one source gave.

    `searched` says for each key until when its readings are complete; a key whose read got nowhere is not in it.
    """

    readings: list[Reading] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    searched: dict[str, datetime] = field(default_factory=dict)
    failure: Failure | None = None
    requests: int = 0
    last_request: str = ""
    unknown: set[str] = field(default_factory=set)  # keys that the provider says it has not got
    unreadable: int = 0  # records whose value or time nobody can read
    trouble: str = ""  # the first of them, in words
    impossible: datetime | None = None  # a device time that cannot be: its reading is among the unreadable

    @property
    def outcome(self) -> str:
        if self.failure is not None:
            return "failed"
        return "ok" if self.readings else "no_data"

    def add(self, other: "Poll") -> None:
        """Puts what another read of the same source gave behind this one's."""
        shift = len(self.answers)
        self.readings += (
            [replace(one, answer=one.answer + shift) for one in other.readings] if shift else other.readings
        )
        self.answers += other.answers
        self.searched |= other.searched
        self.unknown |= other.unknown
        self.failure = other.failure or self.failure
        self.requests += other.requests
        self.last_request = other.last_request or self.last_request
        self.unreadable += other.unreadable
        self.trouble = self.trouble or other.trouble
        self.impossible = self.impossible or other.impossible

    def by_key(self) -> Mapping[str, datetime]:
        """The newest device time of each key that gave a reading."""
        newest: dict[str, datetime] = {}
        for reading in self.readings:
            if reading.key not in newest or newest[reading.key] < reading.device_time:
                newest[reading.key] = reading.device_time
        return newest
