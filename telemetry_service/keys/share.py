"""How many of a web process's threads one key may hold: fewer than there are, or one device keeps out all others."""

from shared.settings.env import Env, EnvironmentProblem

USUAL, THREADS = 2, 4


def share_of_threads(env: Env) -> int:
    """`API_KEY_AT_ONCE`, checked against `WEB_THREADS` (deploy/gunicorn.conf.py). Raises EnvironmentProblem."""
    threads = env.integer("WEB_THREADS", THREADS, low=1, high=10_000)
    at_once = env.integer("API_KEY_AT_ONCE", min(USUAL, max(1, threads - 1)), low=1, high=10_000)
    if at_once >= threads:
        right = f"set it to 1 … {threads - 1}" if threads > 1 else "set WEB_THREADS to 2 or more"
        raise EnvironmentProblem(
            f"API_KEY_AT_ONCE is {at_once} of {threads} WEB_THREADS: one key could hold every thread; {right}"
        )
    return at_once
