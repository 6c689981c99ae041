"""However a file's rows are shuffled, repeated or split, the same readings speak in the end."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemetry_service.imports.mapping.points import KnownPoint
from telemetry_service.imports.mapping.rows import Value
from telemetry_service.imports.models import File, Import
from telemetry_service.imports.modes import Mode
from telemetry_service.imports.moving import move
from telemetry_service.imports.put.putter import Putter
from telemetry_service.imports.put.standing import fall_silent, let_speak
from telemetry_service.imports.states import State
from telemetry_service.raw.operations import map_series
from telemetry_service.raw.partitions import make_partitions_kept
from telemetry_service.raw.precedence import Rank
from telemetry_service.raw.queries import readings
from telemetry_service.raw.store import Answer, Incoming, store
from tests.telemetry_service.conftest import NOW
from tests.telemetry_service.imports.conftest import HOUR

pytestmark = pytest.mark.django_db
POINTS = [KnownPoint(UUID(int=n), f"OB-{n}", 3600) for n in (1, 2)]
DEVICE, FALLBACK = UUID(int=11), UUID(int=12)
FIXTURES = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
# A file: each place once, with a value of its own. Half hours lie within an hour of the device's readings.
PLACES = st.tuples(st.integers(0, 1), st.sampled_from(["level", "flow"]), st.integers(0, 24))
FILES = st.dictionaries(PLACES, st.integers(0, 99), min_size=1, max_size=30)


@contextmanager
def world(devices: dict[Any, int]) -> Iterator[None]:
    """Two sources that said something, in a transaction of which nothing stays."""
    with transaction.atomic():
        for n, point in enumerate(POINTS):
            for source, rank in ((DEVICE, Rank.FIRST), (FALLBACK, Rank.FIRST + 1)):
                keys = {f"{point.code}/{variable}": variable for variable in ("level", "flow")}
                said = {"origin": str(source), "variables": keys, "rank": rank, "holds_s": 3600}
                map_series(source_id=source, point_id=point.id, **said)  # type: ignore[arg-type]
                tell(source, {place: value for place, value in devices.items() if place[0] == n}, n)
        yield
        transaction.set_rollback(True)


def tell(source: UUID, values: dict[Any, int], point: int) -> None:
    """The fallback says the same as the device, a quarter of an hour later, and one more each time."""
    answer, late = uuid4(), (source == FALLBACK) * HOUR / 4
    rows = [
        Incoming(source, f"{POINTS[point].code}/{variable}", time_of(half) + late, str(value), "", answer)
        for (_, variable, half), value in values.items()
    ]
    store(rows=rows, answers={answer: Answer(source, b"{}")}, received_at=NOW)


def time_of(half_hours: int) -> Any:
    return NOW - timedelta(days=1) + half_hours * HOUR / 2


def bring(rows: Sequence[tuple[Any, int]], mode: Mode = Mode.INSERT) -> Import:
    """An import of these rows in this order, in pieces of seven."""
    file, _ = File.objects.get_or_create(sha256=uuid4().bytes * 2, defaults={"size": 1, "received_at": NOW})
    said = {"state": State.RUNNING, "mode": mode, "mapping": {}, "note": "x"}
    batch = Import.objects.create(file=file, created_at=NOW, created_by="user:x", moved_at=NOW, **said)
    putter = Putter(batch, now=NOW)
    values = [Value(POINTS[n], variable, time_of(half), str(value), "") for (n, variable, half), value in rows]
    for begin in range(0, len(values), 7):
        putter.put(values[begin : begin + 7], rows=(begin, begin + 6))
    move(batch, State.DONE, actor="user:x", now=NOW)
    let_speak(batch)
    return batch


def heard() -> list[tuple[Any, ...]]:
    """What speaks, and whether a device or an import says it; which import does not matter."""
    sources = {DEVICE: "device", FALLBACK: "fallback"}
    return [
        (point.code, row.variable, row.device_time, row.value, sources.get(row.source_id, "import"))
        for point in POINTS
        for row in readings(point_id=point.id, start=NOW - timedelta(days=2), end=NOW)
    ]


@pytest.fixture(autouse=True)
def room() -> None:
    make_partitions_kept(now=NOW)


@FIXTURES
@given(devices=FILES, file=FILES, seed=st.integers(0, 999), cuts=st.lists(st.integers(0, 40), max_size=4))
def test_insert_gives_the_same_however_its_rows_come(devices: Any, file: Any, seed: int, cuts: list[int]) -> None:
    with world(devices):
        bring(list(file.items()))
        whole = heard()
    chance = random.Random(seed)
    rows = [*file.items(), *chance.choices(list(file.items()), k=len(file) // 2)]
    chance.shuffle(rows)
    ends = sorted({0, len(rows), *(cut for cut in cuts if cut < len(rows))})
    with world(devices):
        for begin, end in pairwise(ends):
            bring(rows[begin:end])
        assert heard() == whole


@FIXTURES
@given(devices=FILES, file=FILES, seed=st.integers(0, 999), mode=st.sampled_from(list(Mode)))
def test_every_mode_takes_the_rows_of_a_file_in_any_order(devices: Any, file: Any, seed: int, mode: Mode) -> None:
    with world(devices):
        bring(list(file.items()), mode)
        whole = heard()
    rows = [*file.items(), *file.items()]
    random.Random(seed).shuffle(rows)
    with world(devices):
        bring(rows, mode)
        assert heard() == whole


@FIXTURES
@given(devices=FILES, file=FILES, other=FILES, mode=st.sampled_from(list(Mode)))
def test_what_is_undone_was_never_there(devices: Any, file: Any, other: Any, mode: Mode) -> None:
    with world(devices):
        bring(list(other.items()), Mode.REPLACE)
        before = heard()
        fall_silent(bring(list(file.items()), mode), now=NOW)
        assert heard() == before


@FIXTURES
@given(devices=FILES, file=FILES)
def test_nothing_that_spoke_is_changed_by_inserting(devices: Any, file: Any) -> None:
    """A fallback may fall silent; what a device said is heard as before."""
    with world(devices):
        before = {row for row in heard() if row[-1] == "device"}
        bring(list(file.items()))
        assert before == {row for row in heard() if row[-1] == "device"}


@FIXTURES
@given(devices=FILES, file=FILES)
def test_of_a_replaced_span_only_the_replacement_is_heard(devices: Any, file: Any) -> None:
    with world(devices):
        bring(list(file.items()), Mode.REPLACE)
        for point in POINTS:
            for variable in ("level", "flow"):
                said = [time_of(half) for n, of, half in file if POINTS[n] == point and of == variable]
                if said:
                    span = [
                        row for row in heard() if row[:2] == (point.code, variable) and min(said) <= row[2] <= max(said)
                    ]
                    assert [row[2] for row in span] == sorted(said)
                    assert {row[-1] for row in span} == {"import"}
