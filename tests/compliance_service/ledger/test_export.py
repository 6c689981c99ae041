"""A file that the service writes, verified by the script that needs nothing of the service."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from compliance_service.ledger import queries
from compliance_service.ledger.export import export
from compliance_service.ledger.models import LedgerEntry
from compliance_service.ledger.operations import seal
from compliance_service.ledger.roots import make_roots
from compliance_service.obligations.operations import change_config
from tests.compliance_service.conftest import DAY, LOOK
from tests.compliance_service.ledger.books import body_of, findings, kind_of

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
MIDNIGHT = datetime(2024, 5, 14, 4, tzinfo=UTC)
FIRST, SECOND = date(2024, 5, 13), date(2024, 5, 14)
WORK = "DGA/OB-0601-101"


@pytest.fixture
def two_days(told: Make) -> None:
    """Two works on the first day, the first of them also on the second; the third day has begun."""
    config = told()
    told("OB-0601-102", at=LOOK + timedelta(hours=1))
    change_config(config_id=config.id, changes={"informant_rut": "11111111-1"})
    seal(MIDNIGHT)
    change_config(config_id=config.id, changes={"informant_rut": "12345678-5"})
    seal(MIDNIGHT + DAY)
    make_roots(MIDNIGHT + DAY)


def lines(*works: str, **days: date) -> list[bytes]:
    return list(export(works or ("",), now=MIDNIGHT + DAY, **days))


def numbers(found: list[bytes], name: str = "seq") -> list[int]:
    return [json.loads(body_of(text))[name] for text in found if kind_of(text) == "entry"]


def kinds(found: list[bytes]) -> str:
    return "".join(kind_of(text)[0] for text in found)


def test_the_whole_ledger_verifies(two_days: None) -> None:
    found = lines()
    assert numbers(found) == list(range(1, LedgerEntry.objects.count() + 1))
    assert findings(b"".join(found)) == []


def test_a_root_stands_right_behind_what_it_closes(two_days: None) -> None:
    count = LedgerEntry.objects.count()
    assert kinds(lines()) == "s" + "e" * (count - 2) + "rer" + "e" + "e"


def test_a_works_chain_verifies_alone_with_that_of_its_authority(two_days: None) -> None:
    found = lines("DGA", WORK)
    works = {json.loads(body_of(text))["work"] for text in found if kind_of(text) == "entry"}
    assert (works, findings(b"".join(found))) == ({"DGA", WORK}, [])
    assert "OB-0601-102" not in b"".join(found).decode()


@pytest.mark.parametrize("work", ["", WORK])
@pytest.mark.parametrize(
    ("days", "roots"),
    [({"end": FIRST}, 1), ({"start": SECOND}, 1), ({"start": SECOND, "end": SECOND}, 1), ({"start": FIRST}, 2)],
)
def test_days_verify_alone(two_days: None, work: str, days: dict[str, date], roots: int) -> None:
    found = lines(work, **days)
    assert (findings(b"".join(found)), kinds(found).count("r")) == ([], roots)
    assert b"".join(found).count(b'"entry"') == len(numbers(found)) > 0


def test_days_are_cut_where_the_authoritys_day_ends(two_days: None) -> None:
    whole, first, second = numbers(lines()), numbers(lines(end=FIRST)), numbers(lines(start=SECOND, end=SECOND))
    assert first + second == whole[:-1]


def test_a_part_says_what_it_goes_on_from(two_days: None) -> None:
    start = json.loads(body_of(lines(start=SECOND)[0]))
    before = LedgerEntry.objects.get(seq=start["first"] - 1)
    assert start["previous"] == bytes(before.digest).hex()


def test_days_without_entries_are_an_empty_file_that_verifies(two_days: None) -> None:
    found = lines(start=date(2025, 1, 1), end=date(2025, 1, 2))
    assert (kinds(found), findings(b"".join(found))) == ("se", [])


def test_an_empty_ledger_is_a_file_that_verifies(db: None) -> None:
    assert findings(b"".join(lines())) == []


def test_a_chain_is_read_page_by_page(two_days: None, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = lines()
    for page in (1, 2, 3):
        monkeypatch.setattr(queries, "PAGE", page)
        assert lines() == whole


def test_what_is_sealed_while_a_file_is_read_is_not_half_in_it(two_days: None, told: Make) -> None:
    stream = export([""], now=MIDNIGHT + DAY)
    first = next(stream)
    told("OB-0601-103", at=LOOK + 2 * DAY)
    assert findings(b"".join([first, *stream])) == []


def test_a_row_that_was_changed_in_the_database_is_named(two_days: None) -> None:
    found = lines()
    place = kinds(found).index("e") + 2
    forged = found[place].replace(b'"facts"', b'"lies!"')
    ((kind, number, *_),) = findings(b"".join([*found[:place], forged, *found[place + 1 :]]))
    assert (kind, number) == ("changed", 3)
