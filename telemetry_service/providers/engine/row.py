"""A provider as a configuration row (`http-poll/1`), parsed: what it asks, and how it reads the answer."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from telemetry_service.providers.engine.jsonpath import Path
from telemetry_service.providers.engine.templates import Place, Template


class Action(StrEnum):
    RATE_LIMITED = "rate_limited"
    REFRESH = "refresh_then_retry"
    AUTH_FAILED = "auth_failed"
    NO_DATA = "no_data"
    RETRY = "retry"
    CONFIG = "config"


@dataclass(frozen=True, slots=True)
class Param:
    """Something that a source must say about itself: a device, a token."""

    name: str
    secret: bool
    required: bool


@dataclass(frozen=True, slots=True)
class Body:
    """A JSON body: a template for each text of it, by its name."""

    members: tuple[tuple[str, Template], ...]


@dataclass(frozen=True, slots=True)
class Request:
    method: Literal["GET", "POST"]
    path: Template
    query: tuple[tuple[str, Template], ...] = ()
    headers: tuple[tuple[str, Template], ...] = ()
    body: Body | None = None
    most_keys: int = 1  # keys a call; more than one where the provider takes a comma list, or gives all that it has
    gives_all: bool = False  # nobody says which: the answer holds every key that there is
    window: timedelta | None = None  # of `latest`: the provider gives no newest value, only what lies in a span

    @property
    def templates(self) -> tuple[Template, ...]:
        named = (*self.query, *self.headers, *(self.body.members if self.body else ()))
        return (self.path, *(template for _, template in named))


@dataclass(frozen=True, slots=True)
class Page:
    """Pages by time. `limit` counts per key; `order` is what the provider is said to do, `auto` where nobody knows.

    A provider that gives a whole span at once has pages that are never full.
    """

    order: Literal["auto", "asc", "desc"]
    limit: int
    granularity: timedelta
    most_pages: int


@dataclass(frozen=True, slots=True)
class History:
    request: Request
    page: Page
    most_window: timedelta
    keeps: timedelta | None = None  # the provider forgets what is older; None: as far as anybody knows, nothing


@dataclass(frozen=True, slots=True)
class Discovery:
    """How to ask which keys a device has, and where in the answer they are."""

    request: Request
    keys: Path


@dataclass(frozen=True, slots=True)
class Apply:
    """Where a credential goes in every request."""

    place: Literal["header", "query"]
    name: str
    value: Template


@dataclass(frozen=True, slots=True)
class Login:
    login: Request
    refresh: Request | None
    token: Path
    refresh_token: Path | None
    margin: timedelta
    shortest: timedelta
    fallback: timedelta


@dataclass(frozen=True, slots=True)
class Auth:
    kind: Literal["none", "header", "query", "basic", "login"]
    apply: Apply | None = None
    basic: tuple[Template, Template] | None = None
    login: Login | None = None


@dataclass(frozen=True, slots=True)
class Extract:
    """`key`: the position in the match's path, a path in the record, or a text that is the same for all records.

    `time_in_document`: the time stands once, beside the values, and `time` starts from the whole answer.
    """

    records: Path
    key: int | Path | Template
    value: Path
    time: Path
    unit: Path | None
    formats: tuple[str, ...]
    zone: ZoneInfo
    coerce: frozenset[str]
    time_in_document: bool = False


@dataclass(frozen=True, slots=True)
class Envelope:
    ok: Path | None
    equals: object
    message: Path | None


@dataclass(frozen=True, slots=True)
class Condition:
    """On the error's own body: the text at `path` is one of `one_of`, or contains one of `contains`."""

    path: Path
    one_of: tuple[str, ...]
    contains: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ErrorRule:
    statuses: frozenset[int]
    action: Action
    when: Condition | None
    wait_header: str | None
    wait_before: str | None  # the seconds to wait stand after this text in the message


@dataclass(frozen=True, slots=True)
class Limits:
    per_second: float
    concurrency: int
    connect_s: float
    read_s: float
    backoff_s: tuple[float, ...]  # the pause before each further try
    jitter: float
    most_bytes: int
    most_records: int
    min_period: timedelta = timedelta(0)  # the provider forbids asking more often


@dataclass(frozen=True, slots=True)
class Row:
    base_url: str
    allow_http: bool
    params: tuple[Param, ...]
    auth: Auth
    latest: Request
    history: History | None
    discovery: Discovery | None
    extract: Extract
    envelope: Envelope | None
    errors: tuple[ErrorRule, ...]
    limits: Limits
    lookback: timedelta
    backfill: timedelta

    @property
    def templates(self) -> tuple[Template, ...]:
        found = [*self.latest.templates, *(self.history.request.templates if self.history else ())]
        found += self.discovery.request.templates if self.discovery else ()
        auth = self.auth
        found += [auth.apply.value] if auth.apply else []
        found += [*auth.basic] if auth.basic else []
        found += auth.login.login.templates if auth.login else ()
        found += auth.login.refresh.templates if auth.login and auth.login.refresh else ()
        found += [self.extract.key] if isinstance(self.extract.key, Template) else []
        return tuple(found)

    def names(self, namespace: str) -> tuple[Place, ...]:
        """Every use of a namespace in the row."""
        return tuple(place for template in self.templates for place in template.places if place.namespace == namespace)

    @property
    def credentials(self) -> frozenset[str]:
        """What an account must say about itself."""
        return frozenset(place.name for place in self.names("cred"))

    @property
    def secret_params(self) -> frozenset[str]:
        return frozenset(param.name for param in self.params if param.secret)
