from typing import Any

import pytest
from rest_framework import serializers

from core_service.web.cursors import number_key
from core_service.web.serializers import AwareDateTimeField, DescribedSerializer
from shared.errors import InvalidInput
from shared.web.cursors import text_after
from shared.web.field_errors import flatten
from shared.web.pages import Page


class Pump(DescribedSerializer):
    power = serializers.IntegerField(min_value=1, help_text="kW, un entero desde 1")
    since = AwareDateTimeField(required=False, help_text="un instante con zona")
    note = serializers.CharField(required=False)


def errors_of(body: Any) -> dict[str, str]:
    pump = Pump(data=body)
    assert not pump.is_valid()
    return {error.field: error.expected for error in flatten(pump.errors, body)}


def test_each_error_carries_what_would_be_right() -> None:
    assert errors_of({"power": 0, "since": "2026-01-01T00:00:00"}) == {
        "power": "kW, un entero desde 1",
        "since": "un instante con zona",
    }


def test_a_missing_field_says_what_it_should_hold() -> None:
    assert errors_of({}) == {"power": "kW, un entero desde 1"}


def test_an_unknown_field_keeps_its_own_words() -> None:
    assert errors_of({"power": 3, "colour": 1}) == {"colour": "uno de: power, since, note"}


def test_a_field_without_a_description_and_a_body_that_is_no_object() -> None:
    assert set(errors_of({"power": 3, "note": []})) == {"note"}
    assert errors_of([]) == {"(body)": "un valor con la forma documentada"}


@pytest.mark.parametrize("text", ["2026-01-01T00:00:00-03:00", "2026-01-01T03:00:00Z"])
def test_an_instant_is_kept_in_utc(text: str) -> None:
    pump = Pump(data={"power": 1, "since": text})
    assert pump.is_valid()
    assert pump.validated_data["since"].isoformat() == "2026-01-01T03:00:00+00:00"


def test_a_page_from_the_start() -> None:
    assert (text_after(Page(1, None)), number_key(Page(1, None))) == (None, 0)


def test_keys_of_our_kind() -> None:
    assert (text_after(Page(1, ("OB-ñ\u00a0\t1",))), number_key(Page(1, (7,)))) == ("OB-ñ\u00a0\t1", 7)


@pytest.mark.parametrize("key", [(), (1,), ("a", "b"), ("\x00",), ("\ud800",), (None,)])
def test_a_text_of_somewhere_else(key: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidInput):
        text_after(Page(1, key))


@pytest.mark.parametrize("key", [(), ("1",), (1, 2), (-1,), (2**63,), (True,), (1.5,)])
def test_a_number_of_somewhere_else(key: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidInput):
        number_key(Page(1, key))
