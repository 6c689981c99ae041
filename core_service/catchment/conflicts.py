"""A broken constraint, said to whoever broke it. The database decides; nobody looks first and writes after."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from shared.errors import Conflict, FieldError

TAKEN = {
    "point_code_once": ("code", "otro punto ya usa este código", "un código que nadie use"),
    "point_device_once": ("device_id", "otro punto ya usa este dispositivo", "un dispositivo libre, o vacío"),
    "owner_once": ("user", "este usuario ya figura en este punto", "otro usuario"),
    "owner_one_primary": ("ownership_type", "este punto ya tiene un titular", "SECONDARY o ADMINISTRATOR"),
}


@contextmanager
def one_write(**received: object) -> Iterator[None]:
    """A transaction whose broken constraints come out as errors that name the field and what came for it."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
        if name not in TAKEN:
            raise
        field, problem, expected = TAKEN[name]
        raise Conflict("Ya existe.", errors=[FieldError(field, problem, received.get(field), expected)]) from error
