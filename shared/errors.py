"""Errors with a type: what it is called, what it means over HTTP, and whether to try again."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Retry(StrEnum):
    NEVER = "never"
    SOON = "soon"  # seconds or minutes, with back-off
    LATER = "later"  # at the next scheduled time


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field: where, what came, and what would be right."""

    field: str
    problem: str
    received: object = None
    expected: str = ""
    code: str = ""  # for programs, where the field alone does not say what kind of wrong it is


class StackError(Exception):
    """The root of every error that this system raises on purpose."""

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "Error"
    status: ClassVar[int] = 500
    retry: ClassVar[Retry] = Retry.NEVER

    def __init__(self, detail: str, *, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)

    def __str__(self) -> str:
        return "; ".join([self.detail, *(f"{error.field}: {error.problem}" for error in self.errors)])


class InvalidInput(StackError):
    code, title, status = "invalid_input", "Datos no válidos", 400


class NotAuthenticated(StackError):
    code, title, status = "not_authenticated", "Falta autenticarse", 401


class Forbidden(StackError):
    code, title, status = "forbidden", "Sin permiso", 403


class ProofNeeded(Forbidden):
    """Allowed, but only to somebody who has just shown the password again."""

    code, title = "proof_needed", "Falta confirmar la identidad"


class NotFound(StackError):
    code, title, status = "not_found", "No existe", 404


class Conflict(StackError):
    code, title, status = "conflict", "Conflicto con lo que ya existe", 409


class TooMany(StackError):
    code, title, status, retry = "too_many", "Demasiadas solicitudes", 429, Retry.LATER


class OutsideError(StackError):
    """The other side's fault. Raised by clients only."""

    code, title, status, retry = "outside_error", "Falla de otro servicio", 502, Retry.LATER


class Unreachable(OutsideError):
    """No answer came: refused, reset, timed out, or a gateway said so for it."""

    code, title, retry = "unreachable", "Otro servicio no responde", Retry.SOON


class BadAnswer(OutsideError):
    """An answer came that nobody can read."""

    code, title, retry = "bad_answer", "Respuesta ilegible de otro servicio", Retry.LATER


class Refused(OutsideError):
    """The other side understood and said no: asking again changes nothing."""

    code, title, retry = "refused", "Otro servicio rechazó la solicitud", Retry.NEVER


def invalid(field: str, problem: str, *, received: object = None, expected: str = "") -> InvalidInput:
    """An `InvalidInput` of one field."""
    error = FieldError(field=field, problem=problem, received=received, expected=expected)
    return InvalidInput(f"{field}: {problem}", errors=[error])
