"""How many connections each worker of a gunicorn has, so that they get about as many each.

Whoever wakes first takes a new connection, and of many that come at once most: the others then have nothing to do. The
numbers are hints in memory that all workers share; nothing depends on them but who takes a connection a moment sooner.
"""

import mmap
import os
import struct
import time

PLACES = 64
PLACE = struct.Struct("ii")  # the worker's pid and its connections
WAIT_S = 0.001


class Share:
    """To be made before the workers are forked."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, PLACES * PLACE.size)

    def say(self, age: int, pid: int, connections: int) -> None:
        """`age` is gunicorn's number of the worker. Two that meet in one place mislead each other, and that is all."""
        PLACE.pack_into(self._memory, age % PLACES * PLACE.size, pid, connections)

    def forget(self, age: int) -> None:
        self.say(age, 0, 0)

    def yield_to_emptier(self, pid: int, connections: int) -> None:
        """A moment for another worker to take what has come, where one has fewer."""
        if connections and any(has < connections and _lives(other) for other, has in self._others(pid)):
            time.sleep(WAIT_S)

    def _others(self, pid: int) -> list[tuple[int, int]]:
        return [(other, has) for other, has in PLACE.iter_unpack(self._memory[:]) if other not in (0, pid)]


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:  # it was killed, and could not say so
        return False
    except PermissionError:
        return True
    return True
