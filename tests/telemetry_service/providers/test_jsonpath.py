import pytest

from telemetry_service.providers.engine.jsonpath import MISSING, BadPath, Number, parse_path, read_json


def test_numbers_keep_the_digits_they_were_written_with() -> None:
    document = read_json(b'{"total": 42.50, "long": 12345678901234567890, "text": "1.0"}')
    assert document == {"total": "42.50", "long": "12345678901234567890", "text": "1.0"}
    assert isinstance(document["total"], Number)
    assert not isinstance(document["text"], Number)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a": NaN}', b'{"a": 1', b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_an_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_json(body)


def test_missing_and_null_are_not_the_same() -> None:
    path = parse_path("$.value")
    assert path.first({"value": None}) is None
    assert path.first({}) is MISSING
    assert path.first([1]) is MISSING


def test_the_key_of_a_record_comes_from_where_it_was_found() -> None:
    found = list(parse_path("$.*[*]").every({"5001": [{"ts": 1}], "5002": [{"ts": 2}]}))
    assert [parts[0] for parts, _ in found] == ["5001", "5002"]


def test_keys_of_digits_need_brackets() -> None:
    assert parse_path("$['5001'][*].ts").first({"5001": [{"ts": 7}]}) == 7
    with pytest.raises(BadPath):
        parse_path("$.5001")


@pytest.mark.parametrize(
    "text",
    [
        "$[?match(@.a, '(a+)+$')]",
        "$[?search(@.a, '(a+)+$')]",
        "$[?@.a =~ /(a+)+$/]",
        "$." + "a" * 256,
        "$.a | $.b",
        "no",
    ],
)
def test_paths_that_can_hang_or_are_none_are_refused(text: str) -> None:
    with pytest.raises(BadPath):
        parse_path(text)
