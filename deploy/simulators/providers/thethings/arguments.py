"""How thethings.iO writes instants, and reads the numbers and dates of a query; providers.md §5.2."""

from datetime import UTC, datetime

from werkzeug.wrappers import Request

from deploy.simulators.times import epoch_ms

# Neither default nor ceiling of `limit` is documented; 100 is what the official client asks for.
DEFAULT_LIMIT = 100
MOST_LIMIT = 100
COMPACT = "%Y%m%d%H%M%S"


class BadArguments(Exception):
    pass


def read_limit(request: Request) -> int:
    text = request.args.get("limit", str(DEFAULT_LIMIT))
    if not text.isdecimal() or int(text) < 1:
        raise BadArguments("Invalid limit")
    return min(int(text), MOST_LIMIT)


def read_instant(text: str | None, default: int) -> int:
    """`YYYYMMDDHHmmss` or ISO with milliseconds, both UTC."""
    if not text:
        return default
    try:
        if text.isdecimal():
            return epoch_ms(datetime.strptime(text, COMPACT).replace(tzinfo=UTC))
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadArguments("Invalid date") from None
    return epoch_ms(at if at.tzinfo else at.replace(tzinfo=UTC))
