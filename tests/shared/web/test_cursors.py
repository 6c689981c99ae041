"""The keys that lists go on from: what a cursor may say, and what is no cursor of the list."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from shared.errors import InvalidInput
from shared.web.cursors import (
    id_after,
    id_text_and_day_after,
    instant_after,
    instant_and_id_after,
    instant_and_number_after,
    number_after,
    real_and_id_after,
    text_after,
    text_and_id_after,
)
from shared.web.pages import Page

AT = datetime(2026, 5, 17, 14, tzinfo=UTC)
ID = UUID("6e0f0f57-0a4e-4c41-8f27-3d1f5a1f6c11")


def after(*key: Any) -> Page:
    return Page(limit=10, after=key)


def test_without_a_cursor_a_list_begins_at_its_start() -> None:
    page = Page(limit=10, after=None)
    assert (number_after(page), instant_and_id_after(page)) == (None, None)
    assert (text_after(page), instant_and_number_after(page), instant_after(page)) == (None, None, None)
    assert (id_after(page), text_and_id_after(page), real_and_id_after(page)) == (None, None, None)
    assert id_text_and_day_after(page) is None


def test_a_key_is_what_the_page_before_ended_with() -> None:
    assert number_after(after(41)) == 41
    assert instant_and_id_after(after(AT.isoformat(), str(ID))) == (AT, ID)
    assert instant_and_number_after(after(AT.isoformat(), 41)) == (AT, 41)
    assert instant_after(after(AT.isoformat())) == AT
    assert id_after(after(str(ID))) == ID
    assert text_and_id_after(after("sn-1", str(ID))) == ("sn-1", ID)
    assert [real_and_id_after(after(one, str(ID))) for one in (0, 12.5)] == [(0.0, ID), (12.5, ID)]
    assert id_text_and_day_after(after(str(ID), "flow", "2026-05-17")) == (ID, "flow", date(2026, 5, 17))
    assert text_after(after("OB-ñ\u00a0\t1")) == "OB-ñ\u00a0\t1"


@pytest.mark.parametrize("key", [(), (1,), ("a", "b"), ("\x00",), ("\ud800",), (None,)])
def test_a_text_of_somewhere_else(key: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidInput, match="no es un cursor de esta lista"):
        text_after(after(*key))


@pytest.mark.parametrize("key", [(), (1, 2), ("1",), (None,), (True,), (1.5,), (-1,), (2**63,)])
def test_no_number_is_no_cursor(key: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidInput, match="no es un cursor de esta lista"):
        number_after(after(*key))


@pytest.mark.parametrize(
    "key",
    [
        (),
        (AT.isoformat(),),
        (AT.isoformat(), "x"),
        (str(ID), AT.isoformat()),
        ("2026-05-17T14:00:00", str(ID)),  # of no zone: another instant for everybody
        (7, str(ID)),
        (AT.isoformat(), None),
    ],
)
def test_no_instant_and_id_is_no_cursor(key: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidInput, match="no es un cursor de esta lista"):
        instant_and_id_after(after(*key))


@pytest.mark.parametrize(
    "key",
    [
        (),
        (AT.isoformat(),),
        (AT.isoformat(), "41"),
        (AT.isoformat(), True),
        (AT.isoformat(), -1),
        (AT.isoformat(), 2**63),
        (41, AT.isoformat()),
        ("2026-05-17T14:00:00", 41),
        ("x", 41),
    ],
)
def test_no_instant_and_number_is_no_cursor(key: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidInput, match="no es un cursor de esta lista"):
        instant_and_number_after(after(*key))


@pytest.mark.parametrize("key", [(), (AT.isoformat(), 1), ("x",), ("2026-05-17T14:00:00",), (7,), (None,)])
def test_no_instant_is_no_cursor(key: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidInput, match="no es un cursor de esta lista"):
        instant_after(after(*key))


@pytest.mark.parametrize("key", [(), (str(ID), 1), ("x",), (7,), (None,)])
def test_no_id_is_no_cursor(key: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidInput, match="no es un cursor de esta lista"):
        id_after(after(*key))


@pytest.mark.parametrize("key", [("sn-1",), ("sn-1", "x"), (7, str(ID)), ("\x00", str(ID)), ("sn-1", str(ID), 1)])
def test_no_text_and_id_is_no_cursor(key: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidInput, match="no es un cursor de esta lista"):
        text_and_id_after(after(*key))


@pytest.mark.parametrize(
    "key", [(1.5,), ("1.5", str(ID)), (True, str(ID)), (float("nan"), str(ID)), (float("inf"), str(ID)), (1.5, "x")]
)
def test_no_number_and_id_is_no_cursor(key: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidInput, match="no es un cursor de esta lista"):
        real_and_id_after(after(*key))


@pytest.mark.parametrize(
    "key",
    [
        (str(ID), "flow"),
        (str(ID), "flow", "ayer"),
        (str(ID), "flow", 20260517),
        (str(ID), "\x00", "2026-05-17"),
        (None, "flow", "2026-05-17"),
        (str(ID), "flow", "2026-05-17", 1),
    ],
)
def test_no_day_of_a_series_is_no_cursor(key: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidInput, match="no es un cursor de esta lista"):
        id_text_and_day_after(after(*key))
