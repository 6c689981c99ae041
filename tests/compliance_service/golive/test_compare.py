from datetime import timedelta
from decimal import Decimal

from compliance_service.files.columns import Row
from compliance_service.golive.compare import compare
from tests.compliance_service.conftest import SLOT

HOUR = timedelta(hours=1)


def row(hour: int, flow: str = "1.50", total: str = "100") -> Row:
    return Row(SLOT + hour * HOUR, {"caudal": flow, "totalizador": total})


def test_the_same_numbers_are_equal_however_they_are_written() -> None:
    found = compare([row(0), row(1)], [row(0, flow="1.5"), row(1, flow="1,50")])
    assert (found.equal, found.differing, found.greatest) == (2, 0, {})


def test_each_difference_is_named_with_how_much_it_is() -> None:
    found = compare([row(0), row(1), row(2)], [row(0, total="110"), row(1, flow="1.51", total="103"), row(2)])
    assert (found.equal, found.differing) == (1, 2)
    assert [(one.slot_at, one.field, one.by) for one in found.differences] == [
        (SLOT, "totalizador", Decimal(10)),
        (SLOT + HOUR, "caudal", Decimal("0.01")),
        (SLOT + HOUR, "totalizador", Decimal(3)),
    ]
    assert found.greatest == {"totalizador": Decimal(10), "caudal": Decimal("0.01")}


def test_hours_of_one_of_them_only_are_listed() -> None:
    found = compare([row(0), row(1)], [row(1), row(2)])
    assert (found.only_ours, found.only_theirs, found.equal) == ([SLOT], [SLOT + 2 * HOUR], 1)


def test_what_is_no_number_is_compared_as_it_is() -> None:
    (one,) = compare([row(0, flow="")], [row(0, flow="1.50")]).differences
    assert (one.ours, one.theirs, one.by) == ("", "1.50", None)
