from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from core_service.catchment.versions import version_at


@dataclass
class Version:
    version: int
    valid_from: datetime | None


def day(number: int) -> datetime:
    return datetime(2026, 1, number, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "holds"),
    [(day(1), 3), (day(10), 2), (day(11), 2), (day(20), 5), (day(31), 5)],
)
def test_the_latest_to_begin_holds_and_of_equals_the_higher(at: datetime, holds: int) -> None:
    """Version 3 corrects 1 from the beginning, 5 replaces 4 from the same day; 2 stays between them."""
    versions = [Version(1, None), Version(2, day(10)), Version(3, None), Version(4, day(20)), Version(5, day(20))]
    found = version_at(versions, at)
    assert found is not None
    assert found.version == holds


def test_before_the_first_nothing_holds() -> None:
    assert version_at([Version(1, day(10))], day(9)) is None
    assert version_at([], day(9)) is None
