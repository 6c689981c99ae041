from datetime import timedelta

import pytest

from telemetry_service.providers.adapters import Failure, FailureClass
from telemetry_service.sources.findings.pace import no_history, too_often
from tests.telemetry_service.sources.findings.conftest import HOUR, MINUTE, evidence, failed, said

FLOW = {"caudal": "flow"}
NO_HISTORY = ("no_history", "warning", "provider")


@pytest.mark.parametrize(("period", "blocks"), [(5 * MINUTE, True), (59 * MINUTE, True), (HOUR, False)])
def test_no_faster_than_the_provider_allows(period: timedelta, blocks: bool) -> None:
    expected = [("period_below_minimum", "blocking", "period_s")] if blocks else []
    assert said(too_often(evidence(FLOW, period=period, min_period=HOUR))) == expected


def test_without_a_history_holes_stay() -> None:
    assert said(no_history(evidence(FLOW, has_history=False))) == [NO_HISTORY]
    assert list(no_history(evidence(FLOW))) == []
    assert list(no_history(evidence(FLOW, has_history=False, is_asked=False))) == []
    assert list(no_history(failed(Failure(FailureClass.AUTH, "x")))) == []


def test_the_latest_asked_for_more_seldom_than_it_is_measured_loses_readings() -> None:
    seen = evidence(FLOW, has_history=False, period=HOUR, cadence=5 * MINUTE)
    assert said(no_history(seen)) == [NO_HISTORY, ("asks_too_seldom", "warning", "period_s")]
