"""Views that read for people may read from a replica. Services decide by what they read: they never do."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from rest_framework.request import Request

from shared.auth.drf import principal_of
from shared.db import replica

View = TypeVar("View", bound=Callable[..., Any])


def may_read_there(request: Request) -> bool:
    """Whether somebody asks who only looks, and there is a replica that keeps up."""
    return principal_of(request).kind == "user" and replica.is_usable()


def reads_replica(get: View) -> View:
    """Of a view that only reads and returns a whole answer; it is asked again where the replica fails."""

    @wraps(get)
    def read(view: Any, request: Request, *args: Any, **named: Any) -> Any:
        if not may_read_there(request):
            return get(view, request, *args, **named)
        return replica.read_there(lambda: get(view, request, *args, **named))

    return read  # type: ignore[return-value] # wraps keeps the view's own signature
