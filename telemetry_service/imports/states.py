"""Where an import stands, and where it may go from there."""

from django.db.models import TextChoices


class State(TextChoices):
    UPLOADED = "uploaded", "Recibida"
    CHECKING = "checking", "En revisión"
    CHECKED = "checked", "Revisada"
    REFUSED = "refused", "No se puede cargar"
    QUEUED = "queued", "En espera"
    RUNNING = "running", "Cargando"
    FAILED = "failed", "Interrumpida"
    DONE = "done", "Cargada"
    UNDONE = "undone", "Deshecha"


# To the key from one of the values. What was read under one mapping is not read on under another: FAILED only goes on.
# Readings written down by hand are done as they come.
MOVES: dict[State, tuple[State, ...]] = {
    State.CHECKING: (State.UPLOADED, State.CHECKED, State.REFUSED),
    State.CHECKED: (State.CHECKING,),
    State.REFUSED: (State.CHECKING,),
    State.QUEUED: (State.CHECKED, State.FAILED),
    State.RUNNING: (State.QUEUED,),
    State.FAILED: (State.RUNNING,),
    State.DONE: (State.UPLOADED, State.RUNNING, State.UNDONE),
    State.UNDONE: (State.DONE,),
}
STOPPED = (State.REFUSED, State.FAILED)  # these say why
# Its rows are being put down: what another import finds known must count them too.
SPEAKING_SOON = State.RUNNING
