"""Whatever SMA answers, whatever ends its sessions and whenever a worker dies: what was accepted is never sent again.

The other side is the simulator itself, asked without a socket; our side is what reads its answers and decides.
"""

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from werkzeug.test import Client

from compliance_service.authorities.answers import Answer, Meaning
from compliance_service.authorities.interface import Token
from compliance_service.authorities.sma import defaults
from compliance_service.authorities.sma.answers import read_answer, read_log_in
from compliance_service.authorities.sma.authority import Sma
from compliance_service.authorities.sma.document import body, log_in_body, registro
from compliance_service.authorities.sma.terms import devices_of, read_terms
from compliance_service.authorities.wire import Exchange
from compliance_service.submissions.decision import TAKEN, consequence
from compliance_service.submissions.states import SENDABLE, Status, may_move
from deploy.simulators.scenario import make_scenario
from deploy.simulators.sma.app import AFTER_STORING, BEFORE, OF_A_DUPLICATE, sma
from tests.compliance_service.conftest import LOOK, SLOT

PACE = Sma().pace(defaults.CONFIG)
FAULTS = [fault for fault in (*BEFORE, *AFTER_STORING, *OF_A_DUPLICATE) if fault != "slow"]
Q = {"name": "Q", "unit": "l/s", "variable": "flow"}
(DEVICE,) = devices_of(read_terms({"devices": [{"id": "7001", "parameters": [Q]}]}))
DOCUMENT = {"registros": [registro(DEVICE, {"Q": 1.0}, SLOT)]}
SCENARIO = {
    "sma": {
        "users": [{"usuario": "76000000-0", "password": "synthetic", "procesos": [["4321", "1"]]}],
        "procesos": [{"uf": "4321", "proceso": "1", "dispositivos": {"7001": {"Q": "l/s"}}}],
    }
}
PATH = "/api/v1/ufs/4321/procesos/1/registros"


class OneStamp(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = self.next_attempt_at = LOOK
        self.status = self.was = Status.PENDING
        self.token: Token | None = None
        self.taken = False
        self.sent_after_acceptance = 0
        self.folder = tempfile.TemporaryDirectory()
        application = sma(make_scenario(SCENARIO), lambda: self.now, Path(self.folder.name) / "sma.db")
        self.desk = Client(application)

    def teardown(self) -> None:
        self.folder.cleanup()

    def _go(self, new: Status) -> None:
        assert may_move(self.status, new), (self.status, new)
        self.status = new

    def _stored(self) -> int:
        return len(self.desk.get("/_sim/records").get_json()["results"])

    def _faults(self, *kinds: str) -> None:
        self.desk.post("/_sim/faults", json=dict.fromkeys(FAULTS, 0) | dict.fromkeys(kinds, 1))

    @rule(minutes=st.integers(1, 3000))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def the_session_is_ended_by_the_other_side(self) -> None:
        if self.token:
            self.token = Token("x.y.z", self.token.expires_at)

    @precondition(lambda self: self.status in SENDABLE and self.next_attempt_at <= self.now)
    @rule(faults=st.sets(st.sampled_from(FAULTS), max_size=2), at_log_in=st.none() | st.sampled_from(BEFORE[:-1]))
    def it_is_sent(self, faults: set[str], at_log_in: str | None) -> None:
        self.was = self.status
        self._go(Status.SENT)
        grounded = self._log_in(at_log_in)
        self._land(grounded or self._send(faults))

    @precondition(lambda self: self.status in SENDABLE and self.next_attempt_at <= self.now)
    @rule(arrived=st.booleans())
    def the_worker_dies(self, arrived: bool) -> None:
        self.was = self.status
        self._go(Status.SENT)
        if arrived and self._log_in(None) is None:
            self._send(set())
        self._go(Status.IN_DOUBT)
        self.next_attempt_at = self.now + PACE.in_doubt

    @precondition(lambda self: self.status is Status.REJECTED)
    @rule()
    def a_person_mends_it(self) -> None:
        self._go(Status.PENDING)

    def _log_in(self, fault: str | None) -> Answer | None:
        if self.token and self.token.expires_at > self.now:
            return None
        self._faults(*([fault] if fault else []))
        response = self.desk.post(
            "/api/v1/auth", data=log_in_body("76000000-0", "synthetic"), content_type="application/json"
        )
        exchange = Exchange(True, response.status_code, response.get_data())
        found = read_log_in(exchange, lifetime=timedelta(hours=24), now=self.now)
        self.token = found if isinstance(found, Token) else None
        return found if isinstance(found, Answer) else None

    def _send(self, faults: set[str]) -> Answer:
        assert self.token
        self._faults(*faults)
        self.sent_after_acceptance += self.taken
        headers: Any = {"Authorization": f"Bearer {self.token.text}"}
        response = self.desk.post(PATH, data=body(DOCUMENT), headers=headers, content_type="application/json")
        lost = self.desk.get("/_sim/log").get_json()["results"][-1]["status"] == 0
        answer = Answer(Meaning.NO_ANSWER) if lost else read_answer(response.status_code, response.get_data())
        if answer.meaning is Meaning.SESSION_ENDED:
            self.token = None
        return answer

    def _land(self, answer: Answer) -> None:
        after = consequence(answer, sent_at=self.now, was=self.was, pace=PACE)
        self._go(after.status)
        self.taken = self.taken or answer.meaning in TAKEN
        self.next_attempt_at = after.next_attempt_at or self.next_attempt_at
        if answer.meaning in {Meaning.ACCEPTED, Meaning.DUPLICATE}:
            assert answer.voucher

    @invariant()
    def never_again_after_an_acceptance(self) -> None:
        assert self.sent_after_acceptance == 0

    @invariant()
    def confirmed_means_stored_once(self) -> None:
        assert self.status is not Status.CONFIRMED or self._stored() == 1

    @invariant()
    def what_was_stored_is_never_called_an_error(self) -> None:
        """Where nothing says that it may be there, it is not there."""
        certain = {Status.PENDING, Status.ERROR, Status.REJECTED}
        assert self.status not in certain or self._stored() == 0


TestOneStamp = OneStamp.TestCase
TestOneStamp.settings = hypothesis_settings(max_examples=100, stateful_step_count=20, deadline=None)
