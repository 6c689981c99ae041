"""SMA, as the path asks for it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from compliance_service.authorities.addresses import base_url
from compliance_service.authorities.answers import Answer
from compliance_service.authorities.interface import Conceal, Credential, Found, Outgoing, Pace, Token, Work
from compliance_service.authorities.judgement import Decision, Form
from compliance_service.authorities.means import Span
from compliance_service.authorities.schema import Fitted, fitting
from compliance_service.authorities.sma import answers, client, decide, defaults, document
from compliance_service.authorities.sma.form import Stamp
from compliance_service.authorities.sma.reported import terms_as_reported
from compliance_service.authorities.sma.terms import devices_of, read_terms
from compliance_service.authorities.wire import Exchange

AUTH = "/auth"
LIFETIME = timedelta(hours=24)  # of a token, unless it says that it ends sooner (Res. 254)


class Sma:
    code = defaults.CODE
    work_code_example = "la unidad fiscalizable y el proceso, como 1234/567"
    needs_informant = False  # the holder's company logs in
    reads_back = False  # nothing in the manual asks what is held for an IdVerificacion

    def is_work_code(self, text: str) -> bool:
        return document.WORK_CODE.fullmatch(text) is not None

    def read_terms(self, given: Mapping[str, Any]) -> dict[str, Any]:
        return read_terms(given)

    def points_of(self, terms: Mapping[str, Any]) -> frozenset[UUID]:
        return frozenset(device.point for device in devices_of(terms) if device.point)

    def wanted(self, work: Work) -> Sequence[tuple[UUID, str]]:
        return [
            (device.point or work.point, parameter.variable)
            for device in devices_of(work.terms)
            for parameter in device.parameters
        ]

    def spans(self, work: Work, slot: datetime, *, before: datetime) -> Sequence[Span]:
        return ()

    def minutes(self, work: Work, slot: datetime, *, before: datetime) -> Sequence[datetime]:
        changes = (one.change for device in devices_of(work.terms) for one in device.parameters)
        return (before,) if any(changes) else ()

    def as_reported(self, work: Work, document: Mapping[str, Any], evidence: Mapping[str, Any]) -> Work:
        return replace(work, terms=terms_as_reported(document, evidence, work.terms))

    def decide(self, work: Work, slot: datetime, found: Found, *, now: datetime) -> Decision:
        rules = {**defaults.CONFIG, **work.rules}
        said: dict[str, Any] = {"point": work.point, "before": found.before, "rules": rules, "now": now}
        decision = decide.decide(devices_of(work.terms), slot, found.rows, **said)
        return fitting(decision, work.schema)

    def form(self, work: Work) -> Form | None:
        return Fitted(Stamp(devices_of(work.terms)), work.schema)

    def pace(self, rules: Mapping[str, Any]) -> Pace:
        said = {**defaults.CONFIG["pacing"], **rules.get("pacing", {})}
        return Pace(
            backlog_gap=timedelta(seconds=said["backlog_gap_s"]),
            not_sent=timedelta(seconds=said["not_sent_s"]),
            refused=timedelta(seconds=said["refused_s"]),
            in_doubt=timedelta(seconds=said["in_doubt_s"]),
        )

    def credential(self, work: Work) -> Credential | None:
        url = base_url(self.code, work.rules) + AUTH
        return Credential(url, work.company_rut, float(work.rules["timeout_s"]), work.password)

    def log_in(self, credential: Credential, *, allow: list[str]) -> Exchange:
        return client.log_in(credential, allow=allow)

    def read_log_in(self, exchange: Exchange, *, now: datetime) -> Token | Answer:
        return answers.read_log_in(exchange, lifetime=LIFETIME, now=now)

    def request(
        self, work: Work, document_: Mapping[str, Any], *, token: str, conceal: Conceal, now: datetime
    ) -> Outgoing:
        said = document.body(document_)
        mark = conceal(f"sma token of {work.company_rut}", token.encode()) if token else ""
        return Outgoing(
            url=base_url(self.code, work.rules) + document.path(work.code),
            headers=client.JSON | {"Authorization": f"Bearer {token}"},
            body=said,
            kept_headers=client.JSON | ({"Authorization": f"Bearer {mark}"} if mark else {}),
            kept_body=said,
            timeout_s=float(work.rules["timeout_s"]),
        )

    def read_answer(self, status: int, body: bytes) -> Answer:
        return answers.read_answer(status, body)

    def question(self, work: Work, voucher: str) -> str:
        return ""
