"""What kinds of gaps there are, in which states, and why."""

from telemetry_service.gaps.labels import Labelled


class Kind(Labelled):
    HOLE = "hole", "entre dos lecturas"
    SILENCE = "silence", "sin lecturas desde la última"
    ASKED = "asked", "tramo pedido por una persona"


class GapState(Labelled):
    OPEN = "open", "abierta"
    SEARCHING = "searching", "buscándose"
    FILLED = "filled", "llenada"
    SEARCHED_EMPTY = "searched_empty", "el proveedor no tiene lecturas"
    NO_HISTORY = "no_history", "sin historia en el proveedor"
    GIVEN_UP = "given_up", "abandonada tras varias búsquedas"
    CLOSED = "closed", "cerrada por una persona"


class Cause(Labelled):
    """Why a gap is in its state."""

    DETECTED = "detected", "detectada por la cadencia"
    LASTING = "lasting", "el dispositivo calla"
    ASKED = "asked", "una persona pidió buscar"
    ARRIVED = "arrived", "llegaron lecturas"
    BACKFILLED = "backfilled", "las trajo la búsqueda"
    RHYTHM = "rhythm", "la cadencia cambió"
    UNDER_WAY = "under_way", "la búsqueda continúa"
    PUT_OFF = "put_off", "la búsqueda no llegó a hacerse"
    PROVIDER_EMPTY = "provider_empty", "el proveedor respondió sin lecturas"
    NO_REQUEST = "no_request", "el proveedor no ofrece historia"
    BEYOND_KEPT = "beyond_kept", "más antigua que lo que el proveedor guarda"
    FAILED_AUTH = "failed:auth", "credenciales rechazadas"
    FAILED_CONFIG = "failed:config", "el proveedor rechazó la solicitud"
    FAILED_RATE_LIMITED = "failed:rate_limited", "el proveedor pidió esperar"
    FAILED_TRANSIENT = "failed:transient", "el proveedor falló"
    FAILED_PARSE = "failed:parse", "respuesta ilegible"
    DEVICE_OFF = "device_off", "el dispositivo estaba apagado"
    MAINTENANCE = "maintenance", "mantención"
    NOT_INSTALLED = "not_installed", "el dispositivo no estaba instalado"
    LOST = "lost", "las lecturas se perdieron"
    OTHER = "other", "otra razón"


BY_A_PERSON = (Cause.DEVICE_OFF, Cause.MAINTENANCE, Cause.NOT_INSTALLED, Cause.LOST, Cause.OTHER)
# Where the next search may still come.
WAITING = (GapState.OPEN, GapState.SEARCHED_EMPTY)
