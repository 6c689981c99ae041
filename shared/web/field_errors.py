"""From REST framework's nested validation errors to a flat list that names each field by its path."""

from collections.abc import Iterator
from typing import Any

from shared.errors import FieldError

# Never echo what came for these: a wrong password is still a password.
SECRET_FIELDS = {"password", "credentials", "token", "refresh", "secret", "api_key", "params"}


# A validation message may go on after this mark with what would be right.
RIGHT = " ⇒ "


def flatten(detail: Any, received: Any) -> list[FieldError]:
    return list(_walk(detail, received, path=""))


def _walk(detail: Any, received: Any, *, path: str) -> Iterator[FieldError]:
    if isinstance(detail, dict):
        for key, inner in detail.items():
            name = path if key == "non_field_errors" else f"{path}.{key}".lstrip(".")
            yield from _walk(inner, received if key == "non_field_errors" else _inside(received, key), path=name)
    elif isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        for index, inner in enumerate(detail):
            yield from _walk(inner, _inside(received, index), path=f"{path}[{index}]")
    else:
        for message in detail if isinstance(detail, list) else [detail]:
            yield _error(path, message, received)


def _error(path: str, message: Any, received: Any) -> FieldError:
    hidden = bool(SECRET_FIELDS & set(path.replace("[", ".").split(".")))
    code = getattr(message, "code", "")
    expected = EXPECTED.get(code, "")
    problem, _, said = str(message).partition(RIGHT)
    return FieldError(
        path or "(body)", problem, "***" if hidden and received is not None else received, said or expected
    )


def _inside(received: Any, key: Any) -> Any:
    if isinstance(received, dict):
        return received.get(key)
    if isinstance(received, list) and isinstance(key, int) and key < len(received):
        return received[key]
    return None


EXPECTED = {
    "required": "un valor",
    "null": "un valor distinto de null",
    "blank": "un texto no vacío",
    "invalid_choice": "una de las opciones documentadas",
    "invalid": "un valor con la forma documentada",
    "max_length": "un texto más corto",
    "min_value": "un número dentro del rango",
    "max_value": "un número dentro del rango",
    "unknown": "solo los campos documentados",
}
