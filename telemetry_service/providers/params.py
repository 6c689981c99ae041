"""What a source says about itself, held against what its account's provider uses. No database."""

from collections.abc import Iterable, Mapping, Sequence

from shared.errors import FieldError
from telemetry_service.providers.engine.row import Param


def wrong_params(
    params: Sequence[Param], said: Mapping[str, str], *, field: str = "params", required: bool = True
) -> list[FieldError]:
    """What `said` lacks, and what it says for nothing. Never its values: one may be a secret in the wrong place.

    `required` False: `said` only changes some of what is said already.
    """
    known = {param.name for param in params}
    expected = ", ".join(f"{one.name}{'' if one.required else ' (opcional)'}" for one in params) or "ninguno"
    missing = (one.name for one in params if one.required and not said.get(one.name)) if required else ()
    return [
        *_errors(field, missing, "falta", None, expected),
        *_errors(field, (name for name in said if name not in known), "el proveedor no lo usa", "***", expected),
    ]


def split_params(params: Sequence[Param], said: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Those that may be shown, and those that are secret."""
    secret = {param.name for param in params if param.secret}
    shown = {name: value for name, value in said.items() if name not in secret}
    return shown, {name: value for name, value in said.items() if name in secret}


def _errors(field: str, names: Iterable[str], problem: str, received: object, expected: str) -> list[FieldError]:
    return [FieldError(f"{field}.{name}", problem, received, expected) for name in names]
