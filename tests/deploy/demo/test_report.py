from dataclasses import replace
from typing import Any, cast

import pytest

from deploy.demo import report
from deploy.demo.api import Api
from deploy.demo.report import Line, problems, table
from deploy.demo.works import demo_works
from deploy.simulators.scenario import read_scenario

WORK = demo_works(read_scenario("demo"))[0]
LINE = Line(
    work=WORK,
    point="00000000-0000-4000-8000-000000000001",
    due=1441,
    receipts=1405,
    explained=25,
    held={"zero_glitch": 1},
    open_other=10,
    overdue=5,
    volume_m3=20_456.2,
    truth_m3=20_456.2,
)
API = cast("Api", None)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither measurements nor records of DGA."""

    def none(*_: Any) -> list[dict[str, Any]]:
        return []

    monkeypatch.setattr(report, "_good", none)
    monkeypatch.setattr(report, "_accepted", none)


def test_sums_that_close_leave_nothing_to_say() -> None:
    assert problems(API, LINE, "http://dga") == []


def test_an_hour_that_is_nowhere_is_found() -> None:
    (found,) = problems(API, replace(LINE, receipts=1404), "http://dga")
    assert found == "OB-0601-101: 1441 debidas no son la suma de sus destinos"


@pytest.mark.parametrize(("volume", "right"), [(20_476.6, True), (20_476.8, False), (0.0, False)])
def test_the_volume_may_be_a_thousandth_off(volume: float, right: bool) -> None:
    assert (problems(API, replace(LINE, volume_m3=volume), "http://dga") == []) is right


def test_the_table_names_why_hours_are_held() -> None:
    text = table([LINE, replace(LINE, held={}, open_other=11)])
    header, first, _, _, reasons = text.splitlines()
    assert header.split()[:4] == ["Obra", "Debidas", "Comprobantes", "Explicadas"]
    assert first.split() == ["OB-0601-101", "1441", "1405", "25", "1", "10", "5", "20.456,2", "20.456,2"]
    assert reasons == "OB-0601-101 retenidas por: zero_glitch: 1"
