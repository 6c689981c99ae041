"""Views that read for people may read from a replica. Services decide by what they read: they never do."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError
from rest_framework.request import Request

from shared.auth.drf import principal_of
from shared.db import replica

logger = logging.getLogger(__name__)
View = TypeVar("View", bound=Callable[..., Any])


def reads_replica(get: View) -> View:
    """Of a view that only reads and returns a whole answer; it is asked again where the replica fails."""

    @wraps(get)
    def read(view: Any, request: Request, *args: Any, **named: Any) -> Any:
        if principal_of(request).kind != "user" or not replica.is_usable():
            return get(view, request, *args, **named)
        try:
            with replica.reading_replica():
                return get(view, request, *args, **named)
        except (OperationalError, InterfaceError) as error:
            if not replica.is_its_fault(error):
                raise
            logger.warning("replica put off", extra={"detail": type(error).__name__})
            replica.forget()
            return get(view, request, *args, **named)

    return read  # type: ignore[return-value] # wraps keeps the view's own signature
