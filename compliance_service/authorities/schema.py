"""`required_schema` of a source: whether a document has its form. Plain Python: no clock, no database.

A source's row says it as JSON Schema (2020-12). The shapes that we ship are compiled to a few comparisons, which cost a
hundredth of a validator; whatever else an operator writes, and every misfit, is the validator's.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from compliance_service.authorities.judgement import CannotSend, Decision, Form, Hold, Send

MISFIT = "required_schema"
LONGEST = 200
Fits = Callable[[Mapping[str, Any]], bool]
SIMPLE_OBJECT = {"type", "required", "additionalProperties", "properties"}


class Schema:
    """Compiled when it is first asked. An empty one fits everything."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        self.said = said
        self._quick: Sequence[Fits] | None = None

    def misfit(self, document: Mapping[str, Any]) -> str:
        """Where and why the document has not this form; empty where it has."""
        if not self.said:
            return ""
        if self._quick is None:
            self._quick = _compiled(self.said)
        if sum(fits(document) for fits in self._quick) == 1:
            return ""
        error = next(iter(Draft202012Validator(self.said).iter_errors(document)), None)
        if error is None:
            return ""
        where = ".".join(str(part) for part in error.absolute_path) or "documento"
        return f"{where}: {error.message[:LONGEST]}"


ANYTHING = Schema({})


def wrong_with(said: Mapping[str, Any]) -> str:
    """Why it is no JSON Schema; empty where it is one."""
    try:
        Draft202012Validator.check_schema(said)
    except SchemaError as error:
        return str(error.message)[:LONGEST]
    return ""


def fitting(decision: Decision, schema: Schema) -> Decision:
    """What may leave, if it has the source's form: else a person looks."""
    if not isinstance(decision, Send):
        return decision
    misfit = schema.misfit(decision.document)
    return Hold(MISFIT, {**decision.evidence, "misfit": misfit}) if misfit else decision


@dataclass(frozen=True, slots=True)
class Fitted:
    """A form whose documents have the source's form."""

    form: Form
    schema: Schema

    @property
    def variables(self) -> Sequence[str]:
        return self.form.variables

    def measurement(self, values: Mapping[str, float | Decimal], slot: datetime) -> dict[str, Any]:
        document = self.form.measurement(values, slot)
        if self.schema.misfit(document):
            raise CannotSend(MISFIT)
        return document

    def members(self) -> Mapping[str, Mapping[str, Any]]:
        return self.form.members()


def _compiled(said: Mapping[str, Any]) -> Sequence[Fits]:
    """Of one object of texts, or of several of which it must be one; nothing of any other shape."""
    found = [_object(one) for one in said.get("oneOf", [said])]
    known = [fits for fits in found if fits is not None]
    return known if len(known) == len(found) and set(said) <= {"$schema", "oneOf", *SIMPLE_OBJECT} else ()


def _object(said: Mapping[str, Any]) -> Fits | None:
    properties = said.get("properties", {})
    closed = said.get("type") == "object" and said.get("additionalProperties") is False
    plain = all(set(one) == {"type", "pattern"} and one["type"] == "string" for one in properties.values())
    if not (closed and plain and set(said) <= {"$schema", *SIMPLE_OBJECT} and set(said["required"]) == set(properties)):
        return None
    patterns = {name: re.compile(one["pattern"]) for name, one in properties.items()}

    def fits(document: Mapping[str, Any]) -> bool:
        return document.keys() == patterns.keys() and all(
            isinstance(value, str) and patterns[name].search(value) for name, value in document.items()
        )

    return fits
