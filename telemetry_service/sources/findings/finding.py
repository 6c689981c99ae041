"""One thing that a dry run found wrong."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from telemetry_service.sources.findings.evidence import Evidence


class Severity(StrEnum):
    BLOCKING = "blocking"  # the source must not go live
    WARNING = "warning"  # a person should look, and may know better


@dataclass(frozen=True, slots=True)
class Finding:
    """`field` is of the source as it is sent to us, so that a form can show it there. Texts are for a person."""

    code: str
    severity: Severity
    field: str
    problem: str
    expected: str

    def shown(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "severity": self.severity.value,
            "field": self.field,
            "problem": self.problem,
            "expected": self.expected,
        }


Rule = Callable[[Evidence], Iterator[Finding]]


def blocking(code: str, field: str, problem: str, expected: str) -> Finding:
    return Finding(code, Severity.BLOCKING, field, problem, expected)


def warning(code: str, field: str, problem: str, expected: str) -> Finding:
    return Finding(code, Severity.WARNING, field, problem, expected)
