from typing import Any

from telemetry_service.process.counter import Verdict
from telemetry_service.process.rules.pending_rise import pending_rise


def test_what_goes_on_from_a_leap_stays_with_it(step: Any) -> None:
    assert pending_rise(step(51_001, pending=51_000, rises=True, hours=20)) is Verdict.JOINS


def test_what_goes_back_does_not(step: Any) -> None:
    assert pending_rise(step(50_010, pending=51_000, rises=True)) is None


def test_a_pending_drop_is_for_other_rules(step: Any) -> None:
    assert pending_rise(step(15, pending=12)) is None


def test_a_refused_leap_stays_refused_until_it_goes_back(step: Any) -> None:
    assert pending_rise(step(51_001, refused=51_000, hours=20)) is Verdict.REFUSED
    assert pending_rise(step(50_010, refused=51_000)) is None
    assert pending_rise(step(50_010, refused=12)) is None
