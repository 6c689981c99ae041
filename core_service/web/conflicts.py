"""A broken constraint, said to whoever broke it. The database decides; nobody looks first and writes after."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from shared.errors import Conflict, FieldError

# By the constraint's name: the field, what is wrong with it, and what would be right.
Taken = Mapping[str, tuple[str, str, str]]


@contextmanager
def one_write(taken: Taken, received: Mapping[str, object]) -> Iterator[None]:
    """A transaction whose broken constraints come out as errors that name the field and what came for it."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
        if name not in taken:
            raise
        field, problem, expected = taken[name]
        raise Conflict("Ya existe.", errors=[FieldError(field, problem, received.get(field), expected)]) from error
