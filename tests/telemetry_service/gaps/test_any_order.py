"""Whatever comes when, gaps and days are those that a look at everything would give."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemetry_service.gaps.look import look
from telemetry_service.gaps.models import Completeness, Gap, GapMove, Rhythm, Watch
from telemetry_service.raw.models import Arrival, RawTelemetryData

pytestmark = pytest.mark.django_db
BEGIN = datetime(2026, 1, 2, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FIXTURES = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

# The steps of a device's clock between two readings, in minutes: regular, doubled, jittered, missing, another rhythm.
STEPS = st.lists(
    st.one_of(
        st.lists(st.sampled_from([60, 60, 60, 59, 61, 1, 120, 240, 600]), min_size=3, max_size=25),
        st.lists(st.sampled_from([15, 15, 15, 16, 30, 45, 300]), min_size=3, max_size=25),
        st.just([3000]),
    ),
    min_size=1,
    max_size=4,
)
# In which of the stores each reading comes, and after which of them somebody looks.
STORES = st.lists(st.integers(0, 5), min_size=1, max_size=20)
LOOKS = st.lists(st.booleans(), min_size=6, max_size=6)


def clear(source: Any) -> None:
    for model in (GapMove, Gap, Completeness, Watch, Rhythm, Arrival, RawTelemetryData):
        model.objects.all().delete()


@FIXTURES
@given(steps=STEPS, stores=STORES, looks=LOOKS, wait=st.integers(0, 100))
def test_any_order_of_arrival_ends_in_the_same(
    make_source: Any, source: Any, bring: Any, agrees: Any, steps: Any, stores: Any, looks: Any, wait: int
) -> None:
    clear(source)
    times = [BEGIN]
    for step in (one for part in steps for one in part):
        times.append(times[-1] + step * MINUTE)
    now = times[-1]
    for number in range(6):
        some = [at for index, at in enumerate(times) if stores[index % len(stores)] == number]
        if some:
            bring(source, some)
        if looks[number]:
            look(now + number * MINUTE)
    end = now + timedelta(hours=wait)
    look(end)
    agrees(source, end)
