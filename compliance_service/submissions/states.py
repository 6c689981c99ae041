"""The states of a submission, and which moves are allowed. A move is a compare-and-set and leaves a row."""

from enum import StrEnum


class Status(StrEnum):
    PENDING = "PENDING"  # good data, to be sent
    SENT = "SENT"  # the bytes are leaving, or left, and nobody has read the answer yet
    CONFIRMED = "CONFIRMED"  # a receipt
    REJECTED = "REJECTED"  # the other side will not take it from us
    ERROR = "ERROR"  # not taken this time: again on another day
    HELD = "HELD"  # doubtful: waits for better data, or for a person
    IN_DOUBT = "IN_DOUBT"  # bytes left, no answer: the duplicate's answer of another day will tell


ALLOWED: dict[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.SENT, Status.HELD}),
    # Confirmed, rejected, in doubt: a person found the voucher, or said what the words of the answer mean.
    Status.HELD: frozenset({Status.PENDING, Status.CONFIRMED, Status.REJECTED, Status.IN_DOUBT}),
    Status.SENT: frozenset({Status.CONFIRMED, Status.REJECTED, Status.ERROR, Status.HELD, Status.IN_DOUBT}),
    Status.ERROR: frozenset({Status.SENT}),
    # Confirmed, held: an answer that came after its lease says that the regulator has it.
    Status.IN_DOUBT: frozenset({Status.SENT, Status.CONFIRMED, Status.HELD}),
    Status.REJECTED: frozenset({Status.PENDING}),  # by a person who mended what the other side objected to
    Status.CONFIRMED: frozenset(),
}
SENDABLE = (Status.PENDING, Status.ERROR, Status.IN_DOUBT)


def may_move(old: Status, new: Status) -> bool:
    return new in ALLOWED[old]


def check_move(old: Status, new: Status) -> None:
    """Raises ValueError: whoever asks for such a move has a fault."""
    if not may_move(old, new):
        raise ValueError(f"a submission does not go from {old} to {new}")
