"""What an answer of a regulator means, in the words that every authority shares. What follows from it: submissions."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from compliance_service.authorities.wire import Exchange

LONGEST_MESSAGE = 300


class Meaning(StrEnum):
    """What follows from an answer."""

    ACCEPTED = "accepted"  # a voucher
    DUPLICATE = "duplicate"  # it was there already, with its voucher
    WITHOUT_VOUCHER = "accepted_without_voucher"  # never to be sent again: a person looks
    DUPLICATE_WITHOUT_VOUCHER = "duplicate_without_voucher"  # likewise
    VOUCHER_OF_ANOTHER = "voucher_of_another"  # likewise
    REFUSED_IN_DOUBT = "refused_in_doubt"  # likewise: it may be there already, and that may be the objection
    NOT_INFORMANT = "not_the_informant"  # stops the work
    NOT_ALLOWED = "not_allowed"  # stops the work: it is not this sender's
    LOG_IN_REFUSED = "log_in_refused"  # stops the work: user or password
    INVALID = "invalid_document"  # never to be sent again as it is; stops the work when it goes on
    REFUSED = "refused"  # understood and not taken
    UNKNOWN = "unknown_answer"  # nobody said yet what these words mean: a person looks
    SESSION_ENDED = "session_ended"  # not looked at: again with a new log-in
    SESSION_REFUSED = "session_refused"  # not looked at, although the log-in is new
    UNREADABLE = "unreadable_answer"  # a page, a gateway's word, nothing at all: it may have been stored
    NO_ANSWER = "no_answer"  # bytes left and nothing came
    NOT_SENT = "not_sent"  # no byte left


@dataclass(frozen=True, slots=True)
class Answer:
    meaning: Meaning
    voucher: str = ""
    message: str = ""
    # The meaning is what its status code says: words that somebody wrote down say better (classify).
    by_status: bool = False


def read_exchange(exchange: Exchange, read: Callable[[int, bytes], Answer]) -> Answer:
    """`read`: what the authority makes of a whole answer, by its HTTP status and body."""
    if not exchange.sent:
        return Answer(Meaning.NOT_SENT, message=exchange.error)
    if exchange.status is None:
        return Answer(Meaning.NO_ANSWER, message=exchange.error)
    return read(exchange.status, exchange.body)
