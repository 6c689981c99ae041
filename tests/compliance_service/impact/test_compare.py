from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance_service.impact.compare import Difference, differences


@pytest.mark.parametrize(
    ("sent", "now", "found"),
    [
        ({"caudal": "1.00"}, {"caudal": "1.00"}, []),
        ({"caudal": "1.00"}, {"caudal": "1.0"}, []),
        ({"caudal": "1.00"}, {"caudal": "1.25"}, [Difference("caudal", "1.00", "1.25", Decimal("0.25"))]),
        ({"caudal": "1.00"}, {}, [Difference("caudal", "1.00", "", None)]),
        ({}, {"nivel": "2"}, [Difference("nivel", "", "2", None)]),
        ({"caudal": ""}, {"caudal": None}, []),
        ({"hora": "10:00"}, {"hora": "11:00"}, [Difference("hora", "10:00", "11:00", None)]),
        (
            {"datos": [{"v": 1.5}, {"v": 2}]},
            {"datos": [{"v": 1.5}, {"v": 3}]},
            [Difference("datos[1].v", "2", "3", Decimal(1))],
        ),
    ],
)
def test_members_are_compared_by_their_paths(sent: Any, now: Any, found: list[Difference]) -> None:
    assert differences(sent, now) == found


DOCUMENTS = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=3), inner, max_size=3),
    max_leaves=8,
).map(lambda value: {"datos": value})


@given(DOCUMENTS)
def test_a_document_never_differs_from_itself(document: dict[str, Any]) -> None:
    assert differences(document, document) == []


@given(DOCUMENTS, DOCUMENTS)
def test_both_ways_round_the_same_fields_differ(one: dict[str, Any], other: dict[str, Any]) -> None:
    there, back = differences(one, other), differences(other, one)
    assert {said.field for said in there} == {said.field for said in back}
    assert {said.field: said.by for said in there} == {
        said.field: None if said.by is None else -said.by for said in back
    }
