"""What the regular polls missed is asked for after them, from providers over real HTTP."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from telemetry_service.collect.models import Attempt
from telemetry_service.collect.poll import collect_due
from telemetry_service.gaps.look import look
from telemetry_service.gaps.models import Gap
from telemetry_service.providers.models import Provider
from telemetry_service.raw.models import RawTelemetryData
from telemetry_service.sources.models import Source
from tests.telemetry_service.collect.test_poll import Tago

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
MISSING = range(10, 14)


@pytest.fixture
def tago(httpserver: HTTPServer) -> Tago:
    return Tago(httpserver)


@pytest.fixture
def source(tago: Tago, make_source: Make, now: datetime) -> Source:
    """A day of hours with a hole far behind the look-back, found by the first look after the first poll."""
    tago.rows = {"caudal": [(now - n * HOUR, n) for n in range(25) if n not in MISSING]}
    made: Source = make_source(variables={"caudal": "flow"})
    collect_due(now)
    look(now)
    return made


def stored(source: Source) -> set[datetime]:
    return set(RawTelemetryData.objects.filter(source_id=source.id).values_list("device_time", flat=True))


def state() -> tuple[str, str]:
    gap = Gap.objects.get()
    return gap.state, gap.cause


def test_the_first_poll_leaves_a_gap_that_is_seen(source: Source, now: datetime) -> None:
    gap = Gap.objects.get()
    assert (gap.state, gap.missing, gap.from_time, gap.to_time) == ("open", 4, now - 14 * HOUR, now - 9 * HOUR)


def test_what_the_provider_got_late_is_found(source: Source, tago: Tago, now: datetime) -> None:
    tago.rows["caudal"] += [(now - n * HOUR, n) for n in MISSING] + [(now + HOUR, 0)]
    collect_due(now + HOUR)
    assert stored(source) == {now - n * HOUR for n in range(-1, 25)}
    assert state()[0] == "filled"
    assert list(Attempt.objects.order_by("id").values_list("is_search", "new")) == [(False, 21), (False, 1), (True, 4)]
    look(now + HOUR)
    assert state()[0] == "filled"


def test_what_the_provider_has_not_is_not_invented(source: Source, tago: Tago, now: datetime) -> None:
    before = stored(source)
    for n in range(1, 400):
        collect_due(now + n * HOUR)
    assert stored(source) == before
    assert state() == ("searched_empty", "provider_empty")


def test_a_part_that_comes_leaves_the_rest_a_gap(source: Source, tago: Tago, now: datetime) -> None:
    tago.rows["caudal"].append((now - 12 * HOUR, 12))
    collect_due(now + HOUR)
    left = Gap.objects.exclude(state="filled").order_by("from_time")
    assert [(gap.missing, gap.from_time, gap.to_time) for gap in left] == [
        (1, now - 14 * HOUR, now - 12 * HOUR),
        (2, now - 12 * HOUR, now - 9 * HOUR),
    ]


def test_a_search_that_fails_does_not_touch_the_polls(
    source: Source, tago: Tago, httpserver: HTTPServer, now: datetime
) -> None:
    answer = tago.answer

    def past_is_broken(request: Request) -> Response:
        end = datetime.fromisoformat(request.args["end_date"])
        return Response("<html>502</html>", 502) if end < now else answer(request)

    httpserver.clear()
    httpserver.expect_request("/data").respond_with_handler(past_is_broken)
    collect_due(now + HOUR)
    source.refresh_from_db()
    assert (source.last_outcome, source.failures, source.next_poll_at) == ("ok", 0, now + 2 * HOUR)
    assert Gap.objects.get().state == "open"
    assert Gap.objects.get().tries == 1
    assert Provider.objects.get().failures <= 1


def test_a_source_whose_poll_fails_is_not_searched(source: Source, httpserver: HTTPServer, now: datetime) -> None:
    httpserver.clear()
    httpserver.expect_request("/data").respond_with_data("<html>502</html>", status=502)
    collect_due(now + HOUR)
    assert Attempt.objects.filter(is_search=True).count() == 0
    assert Gap.objects.get().state == "open"
    assert len(httpserver.log) == 1


def test_without_a_history_request_a_gap_is_of_that_kind(
    httpserver: HTTPServer, make_source: Make, make_provider: Make, now: datetime
) -> None:
    times = iter(now + n * HOUR for n in (0, 1, 2, 3, 4, 5, 6, 7, 12, 13))

    def latest(request: Request) -> Response:
        body = (
            f'{{"status": true, "result": [{{"variable": "caudal", "value": 1, "time": "{next(times).isoformat()}"}}]}}'
        )
        return Response(body, 200, content_type="application/json")

    httpserver.expect_request("/data").respond_with_handler(latest)
    make_source(provider=make_provider("tago", history=None), variables={"caudal": "flow"})
    for n in (0, 1, 2, 3, 4, 5, 6, 7, 12, 13):
        collect_due(now + n * HOUR)
        look(now + n * HOUR)
    assert state() == ("no_history", "no_request")
