"""Every preset from its account to raw rows: what a restart goes on with, and what is left of a failure."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import pytest

from deploy.simulators.providers.app import providers
from deploy.simulators.web import running
from telemetry_service.collect.models import Attempt
from telemetry_service.collect.poll import close_collector, collect_due
from telemetry_service.providers.engine.times import read_time
from telemetry_service.providers.models import Provider
from telemetry_service.providers.operations import create_provider
from telemetry_service.raw.models import RawTelemetryData
from telemetry_service.sources.models import Source
from telemetry_service.sources.operations import create_source
from tests.telemetry_service.providers.clouds import CONTRACTS, DAY, HOUR, NOW, Clouds, conformance_scenario
from tests.telemetry_service.providers.conftest import Open

pytestmark = pytest.mark.django_db
PRESETS = pytest.mark.parametrize("name", sorted(CONTRACTS))
VARIABLES = ("flow", "level", "temperature")  # whatever each key is: here it only has to be read
SINCE = NOW - DAY
Begin = Callable[[str], Source]


@pytest.fixture
def clouds(open_session: Open, settings: Any) -> Iterator[Clouds]:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    clouds = Clouds(conformance_scenario(), open_session)
    with running(providers(clouds.scenario, clouds.now)) as clouds.url:
        yield clouds
    close_collector()


@pytest.fixture
def begin(clouds: Clouds, make_point: Callable[..., Any]) -> Begin:
    def make(name: str) -> Source:
        provider = create_provider(
            name=name, changes=clouds.config(name), credentials=clouds.credentials(name), actor="user:x", now=NOW
        )
        return create_source(
            provider_id=provider.id,
            point_id=make_point().id,
            params=clouds.params(name),
            variables=dict(zip(CONTRACTS[name].keys, VARIABLES, strict=True)),
            period_s=3600,
            phase_s=1800,
            history_from=SINCE,
            live=True,
            actor="user:x",
            now=NOW,
        )

    return make


def collect(clouds: Clouds, at: datetime, source: Source) -> None:
    clouds.at = at
    Source.objects.filter(id=source.id).update(next_poll_at=at)
    assert collect_due(at) >= 1


def stored(source: Source) -> set[tuple[str, int, str]]:
    rows = RawTelemetryData.objects.filter(source_id=source.id).values_list("key", "device_time", "value")
    return {(key, int(at.timestamp() * 1000), value) for key, at, value in rows}


@PRESETS
def test_a_restart_goes_on_where_the_process_ended(clouds: Clouds, begin: Begin, name: str) -> None:
    source = begin(name)
    collect(clouds, NOW, source)
    before = stored(source)
    source.refresh_from_db()
    assert (source.last_outcome, source.failures) == ("ok", 0)
    asked = len(clouds.log())
    close_collector()  # the process is gone, and with it its connections and tokens
    collect(clouds, NOW + 5 * HOUR, source)
    if CONTRACTS[name].has_history:
        assert before == clouds.truth(name, SINCE, NOW)
        assert stored(source) == clouds.truth(name, SINCE)
        # A few hours are asked for, not the day again.
        assert len(clouds.log()) - asked <= 2 * len(CONTRACTS[name].keys)
        assert NOW - 3 * HOUR <= _begins(Attempt.objects.latest("id").request) < NOW
    else:
        assert stored(source) == before | clouds.newest(name)
        assert len(stored(source)) == 2 * len(CONTRACTS[name].keys)


def _begins(request: str) -> datetime:
    """From when on it asked, in whatever way the provider is told so."""
    marks = ("startTs=", "start_date=", "startDate=", "start=")
    said = next(unquote(request.split(mark)[1].split("&")[0]) for mark in marks if mark in request)
    return read_time(said, ["iso8601", "compact14", "epoch_ms"], UTC)


@PRESETS
def test_a_bad_hour_loses_nothing_that_the_history_still_has(clouds: Clouds, begin: Begin, name: str) -> None:
    source = begin(name)
    collect(clouds, NOW, source)
    clouds.spoil(name, "html_502")
    for hours in (1, 2, 3):
        collect(clouds, NOW + hours * HOUR, source)
        source.refresh_from_db()
        assert (source.last_outcome, source.failures) == ("failed:transient", hours)
    clouds.break_(html_502=0.0)
    Provider.objects.update(postponed_until=None)  # its circuit opened
    collect(clouds, NOW + 4 * HOUR, source)
    truth = clouds.truth(name, SINCE)
    assert stored(source) == truth if CONTRACTS[name].has_history else clouds.newest(name) <= stored(source) <= truth


@PRESETS
def test_what_is_kept_of_a_poll_holds_no_secret(clouds: Clouds, begin: Begin, name: str) -> None:
    source = begin(name)
    collect(clouds, NOW, source)
    for fault in ("truncated", "redirect", "token_refused"):
        clouds.spoil(name, fault)
        Source.objects.update(state="active", stop_reason="")
        collect(clouds, NOW + HOUR, source)
        clouds.break_(**{fault: 0.0})
    kept = [f"{one.request} {one.message} {one.outcome}" for one in Attempt.objects.all()]
    assert len(kept) == 4
    source.refresh_from_db()
    for secret in clouds.secrets(name):
        assert not any(secret in text for text in (*kept, source.stop_reason, source.last_outcome))
