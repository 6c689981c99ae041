"""A page of another service's change feed: `{"results": [...], "next": cursor, "more": true}`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.clients.service_client import ServiceClient
from shared.errors import BadAnswer

Change = TypeVar("Change", covariant=True)


@dataclass(frozen=True, slots=True)
class FeedPage(Generic[Change]):
    """`cursor` is to be kept and given back, `more` says that another page waits."""

    changes: tuple[Change, ...]
    cursor: str
    more: bool


def read_feed(
    client: ServiceClient, path: str, *, cursor: str, limit: int, read: Callable[[Mapping[str, Any]], Change], what: str
) -> FeedPage[Change]:
    """The page after `cursor`; `read` makes a change of a row, `what` names the feed in an error (Spanish).

    Raises an OutsideError; a BadAnswer says which kind of thing could not be read, never what it was: the answer may
    hold hashes of keys, and the text of an error a piece of the answer.
    """
    body = client.get(path, {"cursor": cursor, "limit": limit} if cursor else {"limit": limit})
    try:
        return FeedPage(tuple(read(row) for row in body["results"]), str(body["next"] or ""), bool(body["more"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        said = f"{client.audience} respondió una lista de {what} ilegible"
        missing = f"falta {error.args[0]}" if isinstance(error, KeyError) else type(error).__name__
        raise BadAnswer(f"{said} ({missing})") from None
