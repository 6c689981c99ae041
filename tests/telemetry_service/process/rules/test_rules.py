"""Every file of a rule is in one of the tuples, and has a test of its own."""

from pathlib import Path

from telemetry_service.process import rules

CHECKED_WHERE_READ = {"logger_status"}  # a status is no number: it never comes as far as the tuples
FILES = {path.stem for path in Path(rules.__file__).parent.glob("*.py")} - {"__init__"}


def test_all_rules_are_in_a_tuple() -> None:
    listed = {*(rule.__name__ for rule in rules.COUNTER_RULES), *(rule.name for rule in rules.VALUE_RULES)}
    assert listed == FILES - CHECKED_WHERE_READ


def test_all_rules_have_a_test() -> None:
    assert {f"test_{name}.py" for name in FILES} <= {path.name for path in Path(__file__).parent.glob("test_*.py")}
