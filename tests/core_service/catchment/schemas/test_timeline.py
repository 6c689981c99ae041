"""The versions that are published say at every instant what template and point say together."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from core_service.catchment.schemas.merge import deep_merge
from core_service.catchment.schemas.timeline import THE_BEGINNING, History, Said, Use, additions
from core_service.catchment.versions import version_at

T = UUID(int=1)


def day(number: int) -> datetime:
    return datetime(2026, 1, number, tzinfo=UTC)


def history(**changes: object) -> History:
    own = [Said(1, None, {"sensor_depth": 60})]
    return replace(History(published=own, own=own), **changes)  # type: ignore[arg-type]  # by name


def test_what_is_entered_is_one_version_even_where_it_changes_nothing() -> None:
    entered = Said(2, day(5), {"sensor_depth": 60})
    assert additions(history(), entered=entered) == [(day(5), {"sensor_depth": 60}, {"sensor_depth": 60})]
    assert additions(history()) == []


def test_a_template_holds_while_it_is_used() -> None:
    used = history(uses=[Use(T, day(10), day(20))], templates={T: [Said(1, None, {"pipe_diameter": 0.15})]})
    assert additions(used) == [
        (day(10), {"pipe_diameter": 0.15, "sensor_depth": 60}, None),
        (day(20), {"sensor_depth": 60}, None),
    ]


def test_a_new_version_of_a_template_is_a_new_version_of_the_point() -> None:
    template = [Said(1, None, {"a": 1}), Said(2, day(15), {"a": 2})]
    published = [Said(1, None, {"sensor_depth": 60}), Said(2, None, {"a": 1, "sensor_depth": 60})]
    used = history(published=published, uses=[Use(T, None, None)], templates={T: template})
    assert additions(used) == [(day(15), {"a": 2, "sensor_depth": 60}, None)]


def test_a_version_of_the_template_that_never_holds_here_changes_nothing() -> None:
    template = [Said(1, None, {"a": 1}), Said(2, day(25), {"a": 2})]
    published = [Said(1, None, {"sensor_depth": 60}), Said(2, day(10), {"a": 1, "sensor_depth": 60}),
                 Said(3, day(20), {"sensor_depth": 60})]  # fmt: skip
    assert additions(history(published=published, uses=[Use(T, day(10), day(20))], templates={T: template})) == []


DAYS = st.none() | st.integers(1, 28).map(day)
CONFIGS = st.dictionaries(st.sampled_from("abc"), st.none() | st.integers(0, 2), max_size=3)


@st.composite
def histories(draw: st.DrawFn) -> tuple[History, list[Said]]:
    """Own versions and a template's, one after the other, and uses that do not overlap."""
    own = [Said(1, None, draw(CONFIGS))]
    template = [Said(n, draw(DAYS), draw(CONFIGS)) for n in range(1, draw(st.integers(2, 4)))]
    ends = sorted(draw(st.sets(st.integers(1, 28), min_size=2, max_size=4)))
    uses = [Use(T, day(start), day(end)) for start, end in zip(ends[::2], ends[1::2], strict=False)]
    entered = [Said(0, draw(DAYS), draw(CONFIGS)) for _ in range(draw(st.integers(1, 4)))]
    return History(published=own, own=own, uses=uses, templates={T: template}), entered


@given(histories())
def test_published_is_what_was_said_whatever_comes_when(case: tuple[History, list[Said]]) -> None:
    full, entered = case
    published, own = list(full.published), list(full.own)

    def publish(known: History, said: Said | None) -> None:
        for addition in additions(replace(known, published=list(published), own=list(own)), entered=said):
            version = max(one.version for one in published) + 1
            published.append(Said(version, addition.valid_from, addition.config))
            if addition.custom is not None:
                own.append(Said(version, addition.valid_from, addition.custom))

    without = replace(full, uses=[], templates={})
    for said in entered[::2]:
        publish(without, replace(said, version=1000 + len(own)))
    publish(full, None)  # the templates are used
    for said in entered[1::2]:
        publish(full, replace(said, version=1000 + len(own)))
    for at in [THE_BEGINNING, *(datetime(2026, 1, number, 12, tzinfo=UTC) for number in range(1, 29))]:
        mine = version_at(own, at)
        use = next((one for one in full.uses if one.holds(at)), None)
        base = version_at(full.templates[T], at) if use else None
        expected = mine.config if mine else {}
        if base:
            expected = deep_merge(base.config, expected)
        holding = version_at(published, at)
        assert holding is not None
        assert holding.config == expected
    assert additions(replace(full, published=published, own=own)) == []
