"""What a key may push."""

from uuid import UUID, uuid4

import pytest

from telemetry_service.keys.drf import check_may_push
from telemetry_service.keys.errors import NotForThisSource
from telemetry_service.keys.holder import KeyHolder

SOURCE, POINT, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)


def holder(*, sources: frozenset[UUID] | None = None, points: frozenset[UUID] | None = None) -> KeyHolder:
    return KeyHolder(uuid4(), "Pozo norte", sources, points)


@pytest.mark.parametrize(
    ("held", "may"),
    [
        (holder(sources=frozenset({SOURCE})), True),
        (holder(sources=frozenset({OTHER})), False),
        (holder(points=frozenset({POINT})), True),
        (holder(points=frozenset({OTHER})), False),
        (holder(sources=frozenset({OTHER}), points=frozenset({POINT})), True),
        # A point's id where a source's is asked, and the other way round.
        (holder(sources=frozenset({POINT})), False),
        (holder(points=frozenset({SOURCE})), False),
        # Unlike a person's, a None opens nothing.
        (holder(), False),
    ],
)
def test_what_a_key_may_push(held: KeyHolder, may: bool) -> None:
    assert held.may_push(SOURCE, POINT) is may


def test_a_key_for_another_source_is_told_what_to_do() -> None:
    held = holder(sources=frozenset({OTHER}))
    check_may_push(held, OTHER, POINT)
    with pytest.raises(NotForThisSource, match="«Pozo norte» no es para la fuente") as error:
        check_may_push(held, SOURCE, POINT)
    assert (error.value.status, error.value.code) == (403, "key_not_for_source")


def test_a_key_does_one_thing() -> None:
    held = holder()
    assert held.has("telemetry:push")
    assert not any(held.has(scope) for scope in ("telemetry:read", "telemetry:write", "core:read", "points:sync"))
    assert (held.actor, held.is_authenticated, held.is_active) == ("key:Pozo norte", True, True)
