from datetime import UTC, datetime

import pytest

from telemetry_service.providers.engine.templates import BadTemplate, parse_template

AT = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("epoch_ms", "1767323045678"),
        ("epoch_s", "1767323045"),
        ("iso_ms", "2026-01-02T03:04:05.678Z"),
        ("iso", "2026-01-02T03:04:05Z"),
        ("compact14", "20260102030405"),
    ],
)
def test_a_time_is_written_as_the_provider_wants_it(name: str, text: str) -> None:
    assert parse_template(f"{{window.start|{name}}}").render({"window": {"start": AT}}) == text


def test_a_value_in_a_path_cannot_become_a_new_segment() -> None:
    template = parse_template("/things/{point.token}/resources/{variable.key}")
    values = {"point": {"token": "a/../b?c#d"}, "variable": {"key": "caudal 1"}}
    assert template.render(values, quoted=True) == "/things/a%2F..%2Fb%3Fc%23d/resources/caudal%201"


@pytest.mark.parametrize("value", [".", ".."])
def test_a_value_in_a_path_cannot_climb(value: str) -> None:
    with pytest.raises(BadTemplate, match="no puede ser"):
        parse_template("/things/{point.token}/x").render({"point": {"token": value}}, quoted=True)


def test_quoting_twice_is_quoting_once() -> None:
    template = parse_template("/{variable.key|urlquote}")
    assert template.render({"variable": {"key": "a b"}}, quoted=True) == "/a%20b"


def test_a_default_stands_in_for_what_a_source_does_not_say() -> None:
    template = parse_template("/{point.entity|DEVICE}/x")
    assert template.render({"point": {}}) == "/DEVICE/x"
    assert template.render({"point": {"entity": "ASSET"}}) == "/ASSET/x"


def test_what_is_missing_is_said_by_name() -> None:
    with pytest.raises(BadTemplate, match=r"point\.device"):
        parse_template("{point.device}").render({"point": {}})


def test_filters_follow_one_another() -> None:
    assert parse_template("$.{variable.key|lower|jsonpath_quote}").render({"variable": {"key": "A'1"}}) == "$.['a\\'1']"


@pytest.mark.parametrize(
    "text",
    [
        "{point.device.__class__}",
        "{point.__class__}",
        "{point}",
        "{}",
        "{0}",
        "{point.device!r}",
        "{point.device:>10}",
        "a}b",
        "{{point.device}}",
        "{nothing.here}",
        "{variable.name}",
        "{variable.key|upper}",
        "{variable.key|epoch_ms}",
        "{window.start}",
        "{window.start|epoch_ms|iso}",
        "{point.entity|A|B}",
    ],
)
def test_anything_outside_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(BadTemplate):
        parse_template(text)
