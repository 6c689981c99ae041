"""The states of an alert, and why it took each."""

from collections.abc import Mapping

from telemetry_service.gaps.labels import Labelled


class AlertState(Labelled):
    OPEN = "open", "abierta"
    ACKNOWLEDGED = "acknowledged", "en revisión"
    CLOSED = "closed", "cerrada"


class Cause(Labelled):
    SEEN = "seen", "se observó"
    CLEARED = "cleared", "dejó de observarse"
    TAKEN = "taken", "una persona se hace cargo"
    BY_HAND = "by_hand", "una persona la cerró"


S = AlertState
MOVES: Mapping[AlertState, frozenset[AlertState]] = {
    S.OPEN: frozenset({S.ACKNOWLEDGED, S.CLOSED}),
    S.ACKNOWLEDGED: frozenset({S.CLOSED}),
    S.CLOSED: frozenset(),
}
ALIVE = (AlertState.OPEN, AlertState.ACKNOWLEDGED)
