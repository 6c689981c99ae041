"""DGA, as the path asks for it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from compliance_service.authorities.addresses import base_url
from compliance_service.authorities.answers import Answer, Meaning
from compliance_service.authorities.dga import answers, defaults, document, flow
from compliance_service.authorities.dga.decide import decide
from compliance_service.authorities.dga.forms import form_of
from compliance_service.authorities.dga.pacing import pace_of
from compliance_service.authorities.dga.record import question
from compliance_service.authorities.dga.terms import read_terms
from compliance_service.authorities.interface import Conceal, Credential, Found, Outgoing, Pace, Token, Work
from compliance_service.authorities.judgement import Decision, Form
from compliance_service.authorities.means import Span
from compliance_service.authorities.schema import Fitted, fitting
from compliance_service.authorities.wire import Exchange


class Dga:
    code = defaults.CODE
    work_code_example = "OB-0601-12"
    needs_informant = True
    reads_back = True

    def is_work_code(self, text: str) -> bool:
        return document.WORK_CODE.fullmatch(text) is not None

    def read_terms(self, given: Mapping[str, Any]) -> dict[str, Any]:
        return read_terms(given)

    def points_of(self, terms: Mapping[str, Any]) -> frozenset[UUID]:
        return frozenset()

    def wanted(self, work: Work) -> Sequence[tuple[UUID, str]]:
        form = form_of(work.terms, work.rules)
        return [(work.point, variable) for variable in (*form.variables, *form.optional)]

    def spans(self, work: Work, slot: datetime, *, before: datetime) -> Sequence[Span]:
        if not flow.is_mean(work.terms):
            return ()
        return [flow.span_of(work.point, work.terms, flow.means_of(work.rules, work.standard), start=before, slot=slot)]

    def minutes(self, work: Work, slot: datetime, *, before: datetime) -> Sequence[datetime]:
        return ()

    def as_reported(self, work: Work, document: Mapping[str, Any], evidence: Mapping[str, Any]) -> Work:
        said = evidence.get("flow", {}).get("mean")
        terms = {"flow_value": flow.MEAN, "flow_gap_s": said["gap_s"]} if said else {"flow_value": flow.INSTANT}
        return replace(work, terms={**work.terms, **terms})

    def decide(self, work: Work, slot: datetime, found: Found, *, now: datetime) -> Decision:
        return fitting(decide(slot, found.rows, form_of(work.terms, work.rules), _flow(work, found, now)), work.schema)

    def form(self, work: Work) -> Form | None:
        return Fitted(form_of(work.terms, work.rules), work.schema)

    def pace(self, rules: Mapping[str, Any]) -> Pace:
        return pace_of(rules)

    def credential(self, work: Work) -> Credential | None:
        return None

    def log_in(self, credential: Credential, *, allow: list[str]) -> Exchange:
        return Exchange(sent=False, error="nobody logs in at DGA")

    def read_log_in(self, exchange: Exchange, *, now: datetime) -> Token | Answer:
        return Answer(Meaning.NOT_SENT, message=exchange.error)

    def request(
        self, work: Work, document_: Mapping[str, Any], *, token: str, conceal: Conceal, now: datetime
    ) -> Outgoing:
        sender = document.Sender(work.informant_rut, work.company_rut, work.password)
        style = work.rules.get("timestamp_style", document.TIMESTAMP_STYLES[0])
        resource = form_of(work.terms, work.rules).resource
        headers = document.headers(work.code, now, style=style)
        mark = conceal(f"dga password of {sender.informant_rut}", sender.password.encode())
        return Outgoing(
            url=self._resource(work),
            headers=headers,
            body=document.body(resource, document_, sender),
            kept_headers=headers,
            kept_body=document.concealed_body(resource, document_, sender, mark=mark),
            timeout_s=float(work.rules["timeout_s"]),
        )

    def read_answer(self, status: int, body: bytes) -> Answer:
        return answers.read_answer(status, body)

    def question(self, work: Work, voucher: str) -> str:
        return question(self._resource(work), work_code=work.code, voucher=voucher)

    def _resource(self, work: Work) -> str:
        return base_url(self.code, work.rules) + form_of(work.terms, work.rules).resource.path


def _flow(work: Work, found: Found, now: datetime) -> flow.Flow | None:
    if not found.means:
        return None
    said = flow.means_of(work.rules, work.standard)
    return flow.Flow(found.means[0], said["coverage"], timedelta(seconds=said["settle_s"]), now)
