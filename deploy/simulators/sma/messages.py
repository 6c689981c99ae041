"""What SMA says. Every text here is INVENTED: the manual's tables were images. A client must not depend on any of them.

Known are the status codes, and the names of an answer's members (`mensaje`, `IdVerificacion`, `token`).
"""

RECEIVED = "Registros recibidos"
BAD_LOG_IN_BODY = "El cuerpo debe contener usuario y password"
BAD_LOG_IN = "Usuario o contraseña incorrectos"
NO_TOKEN = "Falta el encabezado Authorization: Bearer <token>"  # noqa: S105
BAD_TOKEN = "El token no es válido"  # noqa: S105
EXPIRED = "El token expiró"
NOT_YOURS = "El usuario no tiene acceso a la unidad fiscalizable o al proceso"
NOT_AN_ARRAY = "El cuerpo debe ser un arreglo de dispositivos"
UNKNOWN_DEVICE = "El dispositivo {device} no pertenece al proceso"
DEVICE_TWICE = "El dispositivo {device} está repetido"
WRONG_PARAMETERS = "Los parámetros del dispositivo {device} no son los configurados"
WRONG_UNIT = "La unidad de {name} no es la configurada"
BAD_VALUE = "El valor de {name} no es válido"
BAD_STAMP = "La estampa de tiempo de {name} no es válida"
STAMPS_DIFFER = "Las estampas de tiempo no son iguales"
FUTURE = "La estampa de tiempo es posterior a la actual"
DUPLICATE = "Ya existen registros para esa estampa de tiempo"
BROKEN = "Error interno"
