"""What is on its way to a regulator: a submission with its instant, its work, its request and its attempt."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings

from compliance_service.authorities.answers import Answer, Meaning, read_exchange
from compliance_service.authorities.interface import Authority, Credential, Outgoing, Pace
from compliance_service.authorities.sessions import Session
from compliance_service.authorities.wire import Exchange, post
from compliance_service.obligations.works import Reporter
from compliance_service.submissions.departures import Departures
from compliance_service.submissions.queries import Sendable


@dataclass(frozen=True, slots=True)
class Turn:
    """A submission that may be sent at `at`, and by whom."""

    submission: Sendable
    at: datetime
    reporter: Reporter
    credential: Credential | None

    @property
    def authority(self) -> Authority:
        return self.reporter.authority

    @property
    def pace(self) -> Pace:
        return self.reporter.pace

    def document(self) -> Mapping[str, Any]:
        return dict(json.loads(self.submission.document))


@dataclass(frozen=True, slots=True)
class Draft:
    """A turn with its request. `mac`: the keyed digest of its bytes. `grounded`: no session, so no byte leaves."""

    turn: Turn
    outgoing: Outgoing
    mac: str
    session: Session | None
    grounded: Answer | None = None


@dataclass(frozen=True, slots=True)
class Flight:
    """A draft that is claimed: its attempt is written."""

    draft: Draft
    attempt: int

    @property
    def turn(self) -> Turn:
        return self.draft.turn

    def fly(self, leave: Departures) -> Exchange:
        leave.at(self.turn.at)
        if self.draft.grounded:
            return Exchange(sent=False, error=self.draft.grounded.message)
        said = self.draft.outgoing
        allow = list(settings.OUTBOUND_ALLOW)
        return post(said.url, body=said.body, headers=said.headers, timeout_s=said.timeout_s, allow=allow)

    def read(self, exchange: Exchange) -> Answer:
        draft = self.draft
        if draft.grounded:
            return draft.grounded
        answer = read_exchange(exchange, self.turn.authority.read_answer)
        if answer.meaning is Meaning.SESSION_ENDED and draft.session and draft.session.is_fresh(self.turn.at):
            return replace(answer, meaning=Meaning.SESSION_REFUSED)
        return answer
