"""What a reviewer looks at besides the queue: the hours around one, and what others decided."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from compliance_service.submissions.models import ComplianceData
from shared.testing import api_client, user_token
from tests.compliance_service.conftest import LOOK, SLOT, Regulator, Telemetry

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
URL = "/api/compliance/review/"
HOUR = timedelta(hours=1)


@pytest.fixture
def reviewer(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("shared.clock.now", lambda: LOOK + 5 * HOUR)
    return api_client(user_token(proved_at=LOOK + 5 * HOUR - timedelta(minutes=2)))


@pytest.fixture
def middle(make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make, submission_of: Make) -> Any:
    """The third of five hours is doubtful; the second has no data, the others are good."""
    config = make_config(hours=5)
    for hour in (0, 2, 3, 4):
        telemetry.good(config.point_id, SLOT + hour * HOUR, total=1000.0 + hour)
    telemetry.set(config.point_id, "total", 101.0, 3, "truncated_reading", at=SLOT + 2 * HOUR)
    for hour in range(5):
        run(LOOK + hour * HOUR)
    return submission_of(config, SLOT + 2 * HOUR)


def decide(client: Any, submission: ComplianceData, **said: Any) -> str:
    (row,) = client.get(URL).json()["results"]
    item = {"submission": row["submission"], "seen": row["seen"]}
    response = client.post(URL, {"action": "accept", "items": [item], **said}, format="json")
    assert response.status_code == 200, response.content
    return str(response.json()["results"][0]["verdict"])


def test_the_hours_around_say_what_was_measured_and_what_became_of_them(middle: Any, reviewer: Any) -> None:
    rows = reviewer.get(f"{URL}{middle.id}/around/").json()["results"]
    assert [(row["state"], row["reason"], row["numbers"].get("total")) for row in rows] == [
        ("CONFIRMED", "", 1000.0),
        ("duty_open", "no_data", None),
        ("HELD", "truncated_reading", 101.0),
        ("CONFIRMED", "", 1003.0),
        ("CONFIRMED", "", 1004.0),
    ]
    assert rows[0]["document"]["totalizador"] == "1000"
    near = reviewer.get(f"{URL}{middle.id}/around/?slots=1").json()["results"]
    assert [row["slot_at"] for row in near] == [row["slot_at"] for row in rows[1:4]]


@pytest.mark.parametrize("slots", ["0", "25", "x"])
def test_so_many_hours_and_no_more(middle: Any, reviewer: Any, slots: str) -> None:
    response = reviewer.get(f"{URL}{middle.id}/around/?slots={slots}")
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "slots")


def test_a_stranger_sees_neither_hours_nor_decisions(middle: Any, reviewer: Any) -> None:
    decide(reviewer, middle)
    stranger = api_client(user_token(points=[]))
    assert stranger.get(f"{URL}{middle.id}/around/").status_code == 404
    assert stranger.get(f"{URL}decisions/").json()["results"] == []


def test_decisions_say_who_when_and_why_the_newest_first(
    middle: Any, reviewer: Any, telemetry: Telemetry, run: Make
) -> None:
    said = {"action": "discard", "cause": "logger_failure", "note": "sin batería"}
    assert decide(reviewer, middle, **said) == "discarded"
    (row,) = reviewer.get(f"{URL}decisions/").json()["results"]
    assert (row["by"], row["action"], row["cause"], row["note"]) == ("user:ops@example.cl", *said.values())
    assert (row["work_code"], row["submission"]) == ("OB-0601-101", str(middle.id))
    assert row["at"] > row["proved_at"]
    assert row["seen"]["held_reason"] == "truncated_reading"


def test_decisions_come_page_by_page(
    middle: Any, reviewer: Any, make_config: Make, telemetry: Telemetry, run: Make
) -> None:
    decide(reviewer, middle)
    other = make_config("OB-0601-102")
    telemetry.good(other.point_id)
    telemetry.set(other.point_id, "flow", 99.0, 3, "spike")
    run(LOOK + 5 * HOUR)
    decide(reviewer, middle)
    first = reviewer.get(f"{URL}decisions/?limit=1").json()
    second = reviewer.get(f"{URL}decisions/", {"limit": 1, "cursor": first["next"]}).json()
    assert [page["results"][0]["work_code"] for page in (first, second)] == ["OB-0601-102", "OB-0601-101"]
    assert second["next"] is None
    bad = reviewer.get(f"{URL}decisions/?cursor=WyJ4Il0")
    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (400, "cursor")


def test_the_queue_says_what_a_correction_has_to_give_and_that_the_lag_is_over(
    middle: Any, reviewer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (row,) = reviewer.get(URL).json()["results"]
    assert (row["asks_for"], row["source"], row["is_overdue"]) == (["flow", "total", "water_table"], "DGA", False)
    late = LOOK + timedelta(days=9)
    monkeypatch.setattr("shared.clock.now", lambda: late)
    (row,) = api_client(user_token()).get(URL).json()["results"]
    assert row["is_overdue"] is True


def test_what_may_be_empty_and_was_measured_is_accepted_with_the_rest(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make, reviewer: Any, submission_of: Make
) -> None:
    config = make_config(terms={"resource": "subterranea", "level_may_be_empty": True, "channel": "online"})
    telemetry.good(config.point_id)
    telemetry.set(config.point_id, "water_table", 9.5, 3, "spike")
    run()
    (row,) = reviewer.get(URL).json()["results"]
    assert row["asks_for"] == ["flow", "total"]
    assert row["would_send"]["nivelFreaticoDelPozo"] == "9.50"
