"""How long a provider asks us to stay away: seconds or a date, in a header or in its message."""

from datetime import UTC, datetime

import pytest

from telemetry_service.providers.engine.parse import parse_row
from telemetry_service.providers.engine.results import FailureClass
from telemetry_service.providers.engine.verdict import LONGEST_WAIT_S, Reply, judge
from telemetry_service.providers.presets import override, preset

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
DATED = "Fri, 02 Jan 2026 12:01:30 GMT"
TDATA, TAGO = parse_row(preset("tdata")), parse_row(preset("tago"))


def wait_of(row: object, status: int, headers: dict[str, str], body: str = "{}") -> float | None:
    verdict = judge(row, Reply(status, headers, body.encode()), now=NOW, redact=str)  # type: ignore[arg-type] # a Row
    assert verdict.failure is not None
    return verdict.failure.wait_s


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("8", 8),
        (" 120 ", 120),
        ("0", 0),
        ("99999999", LONGEST_WAIT_S),
        (DATED, 90),
        ("Thu, 01 Jan 2026 00:00:00 GMT", 0),  # already past
        ("Fri, 31 Feb 2026 12:01:30 GMT", None),
        ("mañana", None),
        ("", None),
        ("12345678901234567890", None),
    ],
)
def test_the_header(said: str, wait: float | None) -> None:
    assert wait_of(TDATA, 429, {"retry-after": said}) == wait


def test_a_date_counts_from_the_answers_own_date() -> None:
    """A provider whose clock is an hour ahead means a minute and a half all the same."""
    headers = {"retry-after": "Fri, 02 Jan 2026 13:01:30 GMT", "date": "Fri, 02 Jan 2026 13:00:00 GMT"}
    assert wait_of(TDATA, 429, headers) == 90


@pytest.mark.parametrize(
    ("message", "wait"),
    [("Too many requests (Retry-After: 8)", 8), (f"Too many requests (Retry-After: {DATED})", 90), ("Too many", None)],
)
def test_the_message(message: str, wait: float | None) -> None:
    assert wait_of(TAGO, 429, {}, f'{{"status":false,"message":"{message}"}}') == wait


def test_the_message_is_believed_before_the_header() -> None:
    body = '{"status":false,"message":"Too many requests (Retry-After: 8)"}'
    assert wait_of(TAGO, 429, {"retry-after": "60"}, body) == 8


@pytest.mark.parametrize("status", [429, 503])
def test_a_row_without_a_rule_for_it_waits_too(status: int) -> None:
    row = parse_row(override(preset("tdata"), {"errors": []}))
    assert wait_of(row, status, {"retry-after": "30"}) == 30


def test_who_refuses_us_is_not_asked_to_say_when() -> None:
    verdict = judge(TDATA, Reply(403, {"retry-after": "30"}, b"{}"), now=NOW, redact=str)
    assert verdict.failure is not None
    assert (verdict.failure.kind, verdict.failure.wait_s) == (FailureClass.AUTH, None)
