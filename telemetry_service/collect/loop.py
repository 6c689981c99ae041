"""The process's one event loop for asking providers, in a thread of its own.

It lives as long as the process: connections and login tokens last from one round to the next, and what a round does
with the database never holds an answer up.
"""

import asyncio
import atexit
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")
# Name look-ups at once: a provider whose name server is dead holds one for half a minute.
LOOKUPS = 32


class LoopThread:
    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(LOOKUPS, thread_name_prefix="lookup"))
        self._thread = threading.Thread(target=self._loop.run_forever, name="providers", daemon=True)
        self._thread.start()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def stop(self) -> None:
        """Calls off what still runs, and closes the loop."""
        self.submit(self._call_off()).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _call_off(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._loop.shutdown_default_executor()


_lock = threading.Lock()
_running: LoopThread | None = None


def provider_loop() -> LoopThread:
    global _running
    with _lock:
        if _running is None:
            _running = LoopThread()
        return _running


def stop_provider_loop() -> None:
    global _running
    with _lock:
        if _running is not None:
            _running.stop()
        _running = None


def _forget() -> None:
    """A forked child has no thread of its parent's: it starts its own."""
    global _running, _lock
    _running, _lock = None, threading.Lock()


os.register_at_fork(after_in_child=_forget)
atexit.register(stop_provider_loop)
