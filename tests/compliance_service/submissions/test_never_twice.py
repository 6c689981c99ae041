"""Whatever the regulator answers and whenever a worker dies: what was accepted is never sent again."""

from datetime import timedelta
from uuid import uuid4

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from compliance_service.authorities.answers import Answer, Meaning
from compliance_service.authorities.dga.pacing import PACE
from compliance_service.submissions.decision import consequence
from compliance_service.submissions.states import SENDABLE, Status, may_move
from tests.compliance_service.conftest import LOOK

STORES = st.booleans()
LOST = [Meaning.NO_ANSWER, Meaning.UNREADABLE]
SAYS_NO = [Meaning.REFUSED, Meaning.NOT_SENT, Meaning.NOT_INFORMANT]


class OneHour(RuleBasedStateMachine):
    """A model of DGA: the first value wins, a second one gets the first one's voucher; answers get lost."""

    def __init__(self) -> None:
        super().__init__()
        self.status, self.was, self.now = Status.PENDING, Status.PENDING, LOOK
        self.next_attempt_at = LOOK
        self.stored = 0
        self.answered_accepted = False
        self.sent_after_acceptance = 0
        self.voucher = uuid4().hex

    def _go(self, new: Status) -> None:
        assert may_move(self.status, new), (self.status, new)
        self.status = new

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @precondition(lambda self: self.status in SENDABLE and self.next_attempt_at <= self.now)
    @rule()
    def bytes_leave(self) -> None:
        self.sent_after_acceptance += self.answered_accepted
        self.was = self.status
        self._go(Status.SENT)

    @precondition(lambda self: self.status is Status.SENT)
    @rule(without_voucher=st.booleans(), lost=st.none() | st.sampled_from(LOST))
    def it_is_stored(self, without_voucher: bool, lost: Meaning | None) -> None:
        first = self.stored == 0
        self.stored = 1
        if lost:
            self._land(Answer(lost))
            return
        accepted, bare = (
            (Meaning.ACCEPTED, Meaning.WITHOUT_VOUCHER)
            if first
            else (Meaning.DUPLICATE, Meaning.DUPLICATE_WITHOUT_VOUCHER)
        )
        self.answered_accepted = True
        self._land(Answer(bare) if without_voucher else Answer(accepted, self.voucher))

    @precondition(lambda self: self.status is Status.SENT)
    @rule(meaning=st.sampled_from([*LOST, *SAYS_NO]))
    def it_is_not_stored(self, meaning: Meaning) -> None:
        self._land(Answer(meaning))

    @precondition(lambda self: self.status is Status.SENT)
    @rule()
    def the_worker_dies(self) -> None:
        self._go(Status.IN_DOUBT)
        self.next_attempt_at = self.now + timedelta(days=1)

    @precondition(lambda self: self.status is Status.IN_DOUBT)
    @rule(without_voucher=st.booleans())
    def an_acceptance_is_read_after_its_lease(self, without_voucher: bool) -> None:
        self.stored, self.answered_accepted = 1, True
        self._land(Answer(Meaning.WITHOUT_VOUCHER) if without_voucher else Answer(Meaning.ACCEPTED, self.voucher))

    def _land(self, answer: Answer) -> None:
        after = consequence(answer, sent_at=self.now, was=self.was, pace=PACE)
        self._go(after.status)
        if after.next_attempt_at:
            assert after.next_attempt_at > self.now
            self.next_attempt_at = after.next_attempt_at

    @invariant()
    def never_again_after_an_acceptance(self) -> None:
        assert self.sent_after_acceptance == 0

    @invariant()
    def confirmed_means_stored(self) -> None:
        assert self.status is not Status.CONFIRMED or self.stored == 1


TestOneHour = OneHour.TestCase
TestOneHour.settings = hypothesis_settings(max_examples=300, stateful_step_count=30, deadline=None)
