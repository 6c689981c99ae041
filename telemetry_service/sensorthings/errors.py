"""What an OData query may get wrong: it cannot be read, or it can and is not offered here."""

from shared.errors import StackError


class NotSupported(StackError):
    """SensorThings 1.1, 9.3.1: a service that does not implement a query says 501."""

    code, title, status = "not_supported", "Consulta no implementada", 501
