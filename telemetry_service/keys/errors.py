"""What a device is told when its key opens nothing: which of these it is, and what to do. Never what it brought."""

from shared.errors import Forbidden, NotAuthenticated, TooMany


class MalformedKey(NotAuthenticated):
    code, title = "key_malformed", "Clave ilegible"


class UnknownKey(NotAuthenticated):
    code, title = "key_unknown", "Clave desconocida"


class ExpiredKey(NotAuthenticated):
    code, title = "key_expired", "Clave vencida"


class RevokedKey(NotAuthenticated):
    code, title = "key_revoked", "Clave revocada"


class NotForThisSource(Forbidden):
    code, title = "key_not_for_source", "La clave no es para esta fuente"


class TooManyOfKey(TooMany):
    """`wait` in seconds becomes the answer's Retry-After."""

    code, title = "key_too_many", "Demasiados envíos con esta clave"

    def __init__(self, detail: str, *, wait: float) -> None:
        super().__init__(detail)
        self.wait = wait
