"""What the path asks of an authority. One folder each implements it; nothing else knows one by its name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from compliance_service.authorities.answers import Answer
from compliance_service.authorities.judgement import Decision, Form, Measured
from compliance_service.authorities.means import Mean, Span
from compliance_service.authorities.schema import Schema
from compliance_service.authorities.wire import Exchange

# (what of whom, the secret) to the keyed digest that stands for it in what is kept.
Conceal = Callable[[str, bytes], str]


@dataclass(frozen=True, slots=True)
class Work:
    """A reported work. `terms`: what its authority asks for besides; `rules`: the source's row."""

    point: UUID
    code: str
    standard: str
    informant_rut: str
    company_rut: str
    terms: Mapping[str, Any]
    rules: Mapping[str, Any]
    password: str = field(repr=False)
    schema: Schema  # what the source asks of a document


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request. `kept_headers` and `kept_body` are what is written down: marks stand in the place of secrets."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    kept_headers: Mapping[str, str]
    kept_body: bytes
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Pace:
    """How soon what follows what. `backlog_gap`: between two sends of a work that owes more."""

    backlog_gap: timedelta
    not_sent: timedelta  # no byte left, so this is no second sending
    refused: timedelta
    in_doubt: timedelta


@dataclass(frozen=True, slots=True)
class Credential:
    """Who logs in where."""

    url: str
    user: str
    timeout_s: float
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Token:
    text: str = field(repr=False)
    expires_at: datetime


class BadTerms(ValueError):
    """`field` of a configuration is wrong: what is wrong, and what would be right."""

    def __init__(self, field: str, problem: str, expected: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field, self.problem, self.expected = field, problem, expected


@dataclass(frozen=True, slots=True)
class Found:
    """What is measured of the wanted points around a slot, at the minutes and over the spans that were asked for.

    `before`: the slot before this one, where the period that ends at the slot begins.
    """

    rows: Sequence[Measured]
    before: datetime
    means: Sequence[Mean] = ()


class Authority(Protocol):
    """A regulator. Nothing of it touches the database, and only `log_in` the network."""

    code: str
    work_code_example: str
    needs_informant: bool  # whether a work names one besides the company
    reads_back: bool  # whether it can be asked what it holds for a voucher

    def is_work_code(self, text: str) -> bool: ...

    def read_terms(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The terms of a configuration, checked and complete. Raises BadTerms."""

    def points_of(self, terms: Mapping[str, Any]) -> frozenset[UUID]:
        """The points that the terms name besides the work's own."""

    def wanted(self, work: Work) -> Sequence[tuple[UUID, str]]:
        """(point, variable) of everything that a report of this work needs."""

    def spans(self, work: Work, slot: datetime, *, before: datetime) -> Sequence[Span]:
        """What a report needs the mean of. `before`: the slot before this one."""

    def minutes(self, work: Work, slot: datetime, *, before: datetime) -> Sequence[datetime]:
        """The minutes besides the slot's whose measurements a report needs."""

    def as_reported(self, work: Work, document: Mapping[str, Any], evidence: Mapping[str, Any]) -> Work:
        """The work under the terms that made this document and its evidence, where they say how a number is made."""

    def decide(self, work: Work, slot: datetime, found: Found, *, now: datetime) -> Decision:
        """Only good values may leave."""

    def form(self, work: Work) -> Form | None:
        """None where nobody corrects a report by hand."""

    def pace(self, rules: Mapping[str, Any]) -> Pace: ...

    def credential(self, work: Work) -> Credential | None:
        """None where nobody logs in."""

    def log_in(self, credential: Credential, *, allow: list[str]) -> Exchange: ...

    def read_log_in(self, exchange: Exchange, *, now: datetime) -> Token | Answer:
        """A token, or why there is none."""

    def request(
        self, work: Work, document: Mapping[str, Any], *, token: str, conceal: Conceal, now: datetime
    ) -> Outgoing: ...

    def read_answer(self, status: int, body: bytes) -> Answer: ...

    def question(self, work: Work, voucher: str) -> str:
        """The address that answers with what is held for a voucher, where it `reads_back`."""
