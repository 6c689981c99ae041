"""Whatever a provider does: a typed failure, no row, and the others go on."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from werkzeug import Request, Response

from telemetry_service.collect.models import Attempt
from telemetry_service.collect.poll import collect_due
from telemetry_service.raw.models import RawConflict, RawTelemetryData
from telemetry_service.sources.models import Source, State
from tests.telemetry_service.collect.conftest import Many, stored

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
HOUR = timedelta(hours=1)
PAGE = "<html><head><title>Mantenimiento</title></head></html>"


def record(at: datetime, value: object = 1) -> dict[str, Any]:
    return {"variable": "caudal", "value": value, "time": at.isoformat()}


def good(*records: dict[str, Any]) -> Response:
    return Response(json.dumps({"status": True, "result": list(records)}), 200, content_type="application/json")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (lambda now: Response(b" " * 20_000, 200), "failed:parse"),  # over the limit of the account
        (lambda now: Response('{"status":true,"result":[{"variable":"caudal","val', 200), "failed:parse"),
        (lambda now: Response(PAGE, 200, content_type="text/html"), "failed:parse"),
        (lambda now: Response(b"\xff\xfe\x00", 200), "failed:parse"),
        (lambda now: Response("[" * 5000, 200), "failed:parse"),
        (lambda now: Response("", 302, headers={"Location": "https://example.org/data"}), "failed:config"),
        (lambda now: good(record(now.replace(year=now.year + 10))), "failed:parse"),
        (lambda now: good(record(now, "mucho")), "failed:parse"),
        (lambda now: good(record(now, {"lat": 1})), "failed:parse"),
        (lambda now: good({"variable": "caudal", "value": 1}), "failed:parse"),
        (lambda now: good({**record(now), "time": "ayer"}), "failed:parse"),
        (lambda now: Response('{"status":false,"message":"Authorization Denied"}', 401), "failed:auth"),
    ],
)
def test_a_bad_answer_is_typed_and_the_others_go_on(
    many: Many, make_account: Make, now: datetime, answer: Callable[[datetime], Response], outcome: str
) -> None:
    def serve(request: Request) -> Response | None:
        return answer(now) if request.headers["Device-Token"].startswith("mala") else None

    many.answer = serve
    (bad,), (fine,) = make_account("mala", 1, limits={"max_bytes": 10_000}), make_account("buena", 1)
    assert collect_due(now) == 2
    bad.refresh_from_db()
    assert bad.last_outcome == outcome
    assert bad.failures == 1
    assert (bad.next_poll_at > now) == (bad.state == State.ACTIVE)
    assert stored(bad) == set()
    attempt = Attempt.objects.get(source=bad)
    assert (attempt.outcome, attempt.readings, attempt.new, bool(attempt.message)) == (outcome, 0, 0, True)
    assert len(stored(fine)) == 1


@pytest.mark.parametrize("base_url", ["https://10.0.0.1", "http://169.254.169.254", "http://8.8.8.8"])
def test_an_address_that_nobody_may_reach(
    many: Many, make_account: Make, make_provider: Make, make_source: Make, now: datetime, base_url: str
) -> None:
    bad = make_source(provider=make_provider("tago", "mala", base_url=base_url), variables={"caudal": "flow"})
    (fine,) = make_account("buena", 1)
    collect_due(now)
    bad.refresh_from_db()
    assert (bad.last_outcome, stored(bad), len(stored(fine))) == ("failed:config", set(), 1)


def test_a_row_that_nobody_understands_any_more(many: Many, make_account: Make, now: datetime) -> None:
    """A release that reads rows more strictly must say so, account by account."""
    (bad,), (fine,) = make_account("mala", 1), make_account("buena", 1)
    config = {**bad.provider.config, "extract": {"records": "$.["}}
    type(bad.provider).objects.filter(id=bad.provider_id).update(config=config)
    collect_due(now)
    attempt = Attempt.objects.get(source=bad)
    assert (attempt.outcome, "extract.records" in attempt.message) == ("failed:config", True)
    assert len(stored(fine)) == 1


def test_a_type_that_nothing_installed_speaks_says_so(many: Many, make_account: Make, now: datetime) -> None:
    (bad,), (fine,) = make_account("mala", 1), make_account("buena", 1)
    type(bad.provider).objects.filter(id=bad.provider_id).update(type="GRPC")
    collect_due(now)
    attempt = Attempt.objects.get(source=bad)
    assert attempt.outcome == "failed:config"
    assert "ningún adaptador «GRPC» instalado" in attempt.message
    assert len(stored(fine)) == 1


def test_what_is_impossible_leaves_the_rest_alone(many: Many, make_account: Make, now: datetime) -> None:
    later = now.replace(year=now.year + 10)
    many.answer = lambda request: good(record(now, 5), record(later, 6))
    (source,) = make_account("cuenta", 1, limits={"concurrency": 1})
    collect_due(now)
    attempt = Attempt.objects.get()
    assert stored(source) == {(source.id, now)}
    assert (attempt.outcome, attempt.readings, attempt.unreadable) == ("ok", 1, 1)
    assert "hora imposible 2036" in attempt.message


def test_another_value_for_a_known_time_is_kept_and_counted(many: Many, make_account: Make, now: datetime) -> None:
    values = iter([[1], [2], [2], [1, 3]])
    many.answer = lambda request: good(*(record(now, value) for value in next(values)))
    (source,) = make_account("cuenta", 1)
    for n in range(4):
        collect_due(now + n * HOUR)
    row = RawTelemetryData.objects.get(source_id=source.id)
    assert row.value == "1"  # what came first stays
    kept = RawConflict.objects.order_by("value").values_list("value", "source_id", "device_time")
    assert list(kept) == [("2", source.id, now), ("3", source.id, now)]
    counts = Attempt.objects.order_by("started_at").values_list("readings", "new", "conflicts")
    assert list(counts) == [(1, 1, 0), (1, 0, 1), (1, 0, 1), (2, 0, 1)]


def test_the_same_number_written_otherwise_is_no_conflict(many: Many, make_account: Make, now: datetime) -> None:
    values = iter(["42.50", 42.5])
    many.answer = lambda request: good(record(now, next(values)))
    make_account("cuenta", 1)
    for n in range(2):
        collect_due(now + n * HOUR)
    assert not RawConflict.objects.exists()
    assert Source.objects.get().last_outcome == "ok"
