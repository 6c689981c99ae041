"""Why a whole push is refused: nothing of it is stored then."""

from django.db import InterfaceError, OperationalError

from shared.errors import Conflict, InvalidInput, Retry, StackError


class TooLarge(InvalidInput):
    code, title, status = "body_too_large", "El envío es demasiado grande", 413


class WrongType(InvalidInput):
    code, title, status = "content_type_unknown", "No se conoce el formato del envío", 415


class Unreadable(InvalidInput):
    """`position`: of the first byte that cannot be read, from 0."""

    code, title = "body_unreadable", "No se puede leer el envío"

    def __init__(self, problem: str, *, position: int) -> None:
        super().__init__(f"{problem} (byte {position}). No se guardó nada.")
        self.position = position


class KeyReused(Conflict):
    code, title, status = "idempotency_key_reused", "La Idempotency-Key es de otro envío", 422


AWAY = (OperationalError, InterfaceError)
AGAIN = "La base de datos no responde: repita el mismo envío con la misma Idempotency-Key."


class DatabaseAway(StackError):
    """Nothing was stored, or all of it was: the same push with the same Idempotency-Key tells."""

    code, title, status, retry = "database_away", "No se puede guardar por ahora", 503, Retry.SOON
    wait = 4.0  # seconds, for Retry-After
