"""Two workers, a regulator that loses answers and a person, in any order, on the real database.

`test_never_twice.py` asks the same of the rules alone, in thousands of orders; here the statements that claim and land
answer for it, with what they share: the pauses of works, the attempts, the book and the ledger.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from compliance_service.submissions.states import Status
from tests.compliance_service.conftest import LOOK, SLOT, Clock, Telemetry
from tests.compliance_service.emptying import empty_all
from tests.compliance_service.submissions.desk import FAULTS, Desk, open_desk
from tests.compliance_service.submissions.duties import HOURS, WORKS, Duties
from tests.compliance_service.submissions.workers import Gate, Worker

HOUR = timedelta(hours=1)
WORKER = st.integers(0, 1)
PLACE = st.tuples(st.sampled_from(WORKS), st.integers(0, HOURS - 1))
ANSWERS_OF_A_PERSON = st.sampled_from(["accept", "discard"])


class TwoWorkers(RuleBasedStateMachine):
    def __init__(self, desk: Desk, workers: list[Worker], clock: Clock, make_config: Callable[..., Any]) -> None:
        super().__init__()
        empty_all()
        desk.open_anew()
        clock.at = LOOK + HOUR
        self.clock, self.desk, self.workers, self.telemetry = clock, desk, workers, Telemetry()
        configs = {code: make_config(code, hours=HOURS) for code in WORKS}
        self.duties = Duties(configs, desk, workers)

    # --- what happens

    @rule(minutes=st.sampled_from([1, 5, 6, 60, 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        """No worker stands for a day with an answer in its hands, while the other goes on."""
        if any(worker.at is Gate.ANSWER for worker in self.workers):
            minutes = min(minutes, 6)
        self.clock.at += timedelta(minutes=minutes)

    @rule(place=PLACE, doubtful=st.booleans())
    def readings_come(self, place: tuple[str, int], doubtful: bool) -> None:
        code, hour = place
        point = self.duties.configs[code].point_id
        self.telemetry.good(point, SLOT + hour * HOUR)
        if doubtful:
            self.telemetry.set(point, "total", 101.0, 3, "truncated_reading", at=SLOT + hour * HOUR)

    @rule()
    def readings_of_all_hours_come(self) -> None:
        for config in self.duties.configs.values():
            for hour in range(HOURS):
                self.telemetry.good(config.point_id, SLOT + hour * HOUR)

    @rule()
    def duties_are_looked_at(self) -> None:
        self.duties.prepare(self.clock.at, self.telemetry)

    @rule(fault=st.sampled_from(["", *FAULTS]))
    def the_regulator_goes_on_so(self, fault: str) -> None:
        self.desk.meet(fault)

    @rule(which=WORKER)
    def a_worker_looks_or_goes_on(self, which: int) -> None:
        worker = self.workers[which]
        if worker.at is None:
            self.duties.about_to_look(worker, self.clock.at)
            worker.start(self.clock.at)
        else:
            worker.go_on()
        self.duties.claimed(worker)

    @precondition(lambda self: any(worker.at is not None for worker in self.workers))
    @rule(which=WORKER)
    def a_worker_dies(self, which: int) -> None:
        worker = self.workers[which]
        if worker.at is Gate.BYTES:
            self.duties.never_left(worker)
        if worker.at is not None:
            worker.die()

    @precondition(lambda self: all(worker.at is None for worker in self.workers))
    @rule()
    def both_look_at_once(self) -> None:
        self.duties.about_to_look(None, self.clock.at)
        for look in [worker.whole_look(self.clock.at) for worker in self.workers]:
            look.result()
        self.duties.claimed(None)

    @rule()
    def sends_of_the_dead_are_found(self) -> None:
        self.duties.recover(self.clock.at)

    @rule(action=ANSWERS_OF_A_PERSON)
    def a_person_decides_about_the_first_held_hour(self, action: str) -> None:
        self.duties.decide(action, self.clock.at)

    @rule(place=PLACE)
    def a_person_explains_an_hour(self, place: tuple[str, int]) -> None:
        self.duties.explain(place[0], SLOT + place[1] * HOUR, self.clock.at)

    # --- what always holds

    @invariant()
    def what_was_taken_is_never_sent_again(self) -> None:
        assert self.duties.sent_again == []

    @invariant()
    def a_row_for_each_request_that_left(self) -> None:
        assert self.duties.attempts() == self.duties.left()

    @invariant()
    def each_move_is_allowed_and_has_its_row(self) -> None:
        self.duties.check_moves()

    @invariant()
    def a_work_that_owes_more_waits_between_its_sends(self) -> None:
        self.duties.check_pauses()

    @invariant()
    def a_receipt_is_what_the_regulator_gave(self) -> None:
        self.duties.check_receipts()

    @invariant()
    def the_book_closes_and_the_ledger_verifies(self) -> None:
        self.duties.check_book(self.clock.at)
        self.duties.check_ledger(self.clock.at)

    # --- and how it ends

    def teardown(self) -> None:
        """Nothing goes wrong any more: within some days each duty has its end, or waits for a person."""
        for worker in self.workers:
            while worker.at is not None:
                worker.go_on()
                self.duties.claimed(worker)
        self.desk.meet("")
        self.readings_of_all_hours_come()
        for minutes in [6, 60, *[6] * (2 * HOURS), 24 * 60, *[6] * (2 * HOURS), 24 * 60, *[6] * (2 * HOURS)]:
            self.time_passes(minutes)
            self.sends_of_the_dead_are_found()
            self.duties_are_looked_at()
            self.both_look_at_once()
        self.what_was_taken_is_never_sent_again()
        self.a_row_for_each_request_that_left()
        self.each_move_is_allowed_and_has_its_row()
        self.a_work_that_owes_more_waits_between_its_sends()
        self.a_receipt_is_what_the_regulator_gave()
        self.the_book_closes_and_the_ledger_verifies()
        ends = self.duties.ends()
        assert set(ends) <= {"receipt", "explained", Status.HELD.value}
        assert len(ends) == HOURS * len(WORKS)


@pytest.fixture
def workers() -> Iterator[list[Worker]]:
    pair = [Worker(), Worker()]
    yield pair
    for worker in pair:
        worker.close()


@pytest.fixture
def machine(
    workers: list[Worker],
    clock: Clock,
    make_config: Callable[..., Any],
    tmp_path: Path,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Callable[[], TwoWorkers]]:
    caplog.set_level("CRITICAL")  # some thousands of answers
    with open_desk(clock, tmp_path, settings) as desk:
        yield lambda: TwoWorkers(desk, workers, clock, make_config)
    empty_all()


@pytest.mark.django_db(transaction=True)
def test_two_workers_in_any_order(machine: Callable[[], TwoWorkers]) -> None:
    few = hypothesis_settings(
        max_examples=12, stateful_step_count=35, phases=[Phase.generate, Phase.shrink], derandomize=True
    )
    run_state_machine_as_test(machine, settings=few)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", ["", "ok_without_voucher"])
def test_an_acceptance_that_is_read_after_its_lease_ends_the_doubt(
    machine: Callable[[], TwoWorkers], fault: str
) -> None:
    world = machine()
    world.desk.meet(fault)
    up_to_the_answer(world, 0)
    world.time_passes(6)
    world.sends_of_the_dead_are_found()
    assert world.duties.ends().count("IN_DOUBT") == len(WORKS)
    world.a_worker_looks_or_goes_on(0)
    assert world.duties.ends().count("HELD" if fault else "receipt") == len(WORKS)
    world.each_move_is_allowed_and_has_its_row()
    world.teardown()


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_takes_long_does_not_end_the_pause_of_the_next_send(machine: Callable[[], TwoWorkers]) -> None:
    world = machine()
    world.time_passes(60)
    up_to_the_answer(world, 0)
    world.time_passes(6)
    up_to_the_answer(world, 1)  # the next hour of the same works, which then owe one more
    world.a_worker_looks_or_goes_on(0)
    world.time_passes(1)
    world.a_worker_looks_or_goes_on(0)
    assert world.workers[0].at is None  # it found nothing that may leave
    world.teardown()


def up_to_the_answer(world: TwoWorkers, which: int) -> None:
    """All hours that are due are sent, but one; its answer is on its way."""
    world.readings_of_all_hours_come()
    world.duties_are_looked_at()
    for _ in Gate:
        world.a_worker_looks_or_goes_on(which)
    assert world.workers[which].at is Gate.ANSWER
