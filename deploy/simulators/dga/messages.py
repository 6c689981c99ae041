"""What DGA says when it says no. Only two texts are known from the real service; the others are INVENTED."""

# Seen in production, word for word.
NOT_THE_INFORMANT = "Usuario no es el informante registrado en la Obra"
DUPLICATE = "Ya existe un registro en esa fecha, hora para la obra."

# INVENTED: the real texts are unknown. A client must not depend on any of them.
NO_WORK_HEADER = "Falta el encabezado codigoObra"
NO_ORIGIN_TIME = "Falta el encabezado timeStampOrigen"
BAD_BODY = "El cuerpo de la solicitud no es válido"
UNKNOWN_COMPANY = "El Centro de Control no está registrado"
UNKNOWN_WORK = "La Obra no existe"
WRONG_PASSWORD = "Usuario o contraseña incorrectos"  # noqa: S105
BAD_RUT = "El RUT no tiene un formato válido"
BAD_FIELD = "El campo {name} no tiene un formato válido"
FUTURE = "La fecha de la medición es posterior a la actual"
NO_SUCH_VOUCHER = "No existe un registro con ese comprobante"


def duplicate(voucher: str) -> str:
    return f"{DUPLICATE} Comprobante: {voucher}" if voucher else DUPLICATE
