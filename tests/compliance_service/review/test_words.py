"""Whatever holds an hour is said in Spanish on the page of held hours: every code of either service has its words."""

import ast
import re
from pathlib import Path

import pytest

from compliance_service.authorities.judgement import QUALITIES
from compliance_service.obligations.models import Cause
from compliance_service.review.verdicts import Action, Kind
from compliance_service.submissions.decision import STATUS_OF
from compliance_service.submissions.states import Status

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "core_service/dashboard/static/dashboard/review/words.js").read_text()
TELEMETRY = ROOT / "telemetry_service/measurements/quality.py"


def codes(table: str) -> set[str]:
    """Of one table of the page."""
    found = re.search(rf"const {table} = [\[{{](.*?)[\]}}];\n", PAGE, re.DOTALL)
    assert found, table
    return set(re.findall(r"\b(\w+): \"", found[1])) | set(re.findall(r"\[\"(\w+)\", ", found[1]))


def members(file: Path, name: str) -> set[str]:
    """Of an enum, without importing the other service."""
    (body,) = [one for one in ast.parse(file.read_text()).body if isinstance(one, ast.ClassDef) and one.name == name]
    lines = [line for line in body.body if isinstance(line, ast.Assign)]
    return {str(line.targets[0].id).lower() for line in lines if isinstance(line.targets[0], ast.Name)}


HELD = {meaning.value for meaning, status in STATUS_OF.items() if status is Status.HELD}
JUDGED = set(QUALITIES.values()) | {"negative_value", "unknown_quality"}


@pytest.mark.parametrize(
    ("table", "needed"),
    [
        (
            "WORDS",
            members(TELEMETRY, "Reason") | HELD | set(QUALITIES.values()) | {"negative_value", "unknown_quality"},
        ),
        ("KINDS", {kind.value for kind in Kind}),
        ("STATES", {status.value for status in Status} | {"duty_open", "duty_explained", "duty_receipt"}),
        ("CAUSES", set(Cause.values)),
        ("ACTIONS", {action.value for action in Action}),
        ("VERDICTS", {"accepted", "corrected", "discarded", "changed", "not_held", "needs_voucher", "answer_unknown"}),
    ],
)
def test_every_code_has_its_words(table: str, needed: set[str]) -> None:
    assert needed - codes(table) == set()
