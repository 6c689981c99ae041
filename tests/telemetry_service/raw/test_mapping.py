"""What a source's keys mean, changed: what speaks afterwards, and what the database does not let through."""

import uuid
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from telemetry_service.raw.mapping import Mapped, name_origins, remap_series
from telemetry_service.raw.models import ProcessBacklog, Series
from telemetry_service.raw.queries import PastKey, past_keys, variables_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
SOURCE, OTHER, POINT = (uuid.UUID(int=n) for n in (1, 2, 3))


def remap(source: uuid.UUID = SOURCE, *, withdraw: Collection[str] = (), at: datetime = NOW, **keys: str) -> None:
    said = {key: Mapped(variable, f"origen-{key}") for key, variable in keys.items()}
    remap_series(source_id=source, point_id=POINT, keys=said, rank=100, holds_s=3600, withdraw=withdraw, now=at)


def meanings(source: uuid.UUID = SOURCE) -> dict[str, str]:
    return variables_of([source]).get(source, {})


def test_a_key_that_is_left_out_is_asked_for_no_more_and_speaks_on() -> None:
    remap(a="flow", b="total")
    remap(a="flow")
    assert meanings() == {"a": "flow"}
    assert past_keys(SOURCE) == [PastKey("b", "total", NOW, None)]


def test_what_was_let_go_long_ago_is_not_withdrawn_with_another() -> None:
    remap(a="flow", b="total", c="level")
    remap(a="flow", b="total")
    remap(a="flow", withdraw=["b"])
    assert [(one.key, one.withdrawn_at) for one in past_keys(SOURCE)] == [("b", NOW), ("c", None)]


def test_one_that_is_withdrawn_speaks_no_more_and_keeps_when() -> None:
    remap(a="flow", b="total")
    remap(a="flow", withdraw=["b"])
    remap(a="flow", withdraw=["b"], at=NOW + timedelta(days=1))
    gone = Series.objects.get(key="b")
    assert (gone.retired_at, gone.withdrawn_at) == (NOW, NOW)


def test_what_was_withdrawn_may_be_another_sources_and_what_was_let_go_may_not() -> None:
    remap(a="flow", b="total")
    remap(a="flow")
    with pytest.raises(IntegrityError, match="series_key_once_per_origin"), transaction.atomic():
        remap(OTHER, b="total")
    remap(a="flow", withdraw=["b"])
    remap(OTHER, b="total")
    with pytest.raises(IntegrityError, match="series_key_once_per_origin"), transaction.atomic():
        remap(a="flow", b="total")


def test_a_variable_is_free_once_its_key_was_let_go() -> None:
    remap(a="flow")
    remap(b="flow")
    assert meanings() == {"b": "flow"}
    with pytest.raises(IntegrityError, match="series_variable_once_per_source"), transaction.atomic():
        Series.objects.filter(key="a").update(retired_at=None)


def test_two_keys_change_places() -> None:
    remap(a="flow", b="total")
    remap(a="total", b="flow")
    assert meanings() == {"a": "total", "b": "flow"}


def test_without_readings_there_is_nothing_to_make_anew() -> None:
    remap(a="flow")
    remap(a="total")
    assert not ProcessBacklog.objects.exists()


def test_an_origin_is_said_anew_and_nothing_else_changes() -> None:
    remap(a="flow", b="total")
    name_origins(source_id=SOURCE, origins={"a": "otro"})
    assert dict(Series.objects.values_list("key", "origin")) == {"a": "otro", "b": "origen-b"}
    assert meanings() == {"a": "flow", "b": "total"}
