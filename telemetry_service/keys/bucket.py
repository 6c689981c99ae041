"""How many more a key may send now: a leaky bucket kept as one number (GCRA), here and in Redis by the same rule.

The number is the instant at which the bucket would be empty again. Plain Python.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """`rate` a second for ever, and `burst` of them at once."""

    rate: float
    burst: int

    @property
    def interval_s(self) -> float:
        return 1 / self.rate


def take(empty_at_s: float, *, pace: Pace, now_s: float) -> tuple[float, float]:
    """The bucket after one more, and 0.0; or the bucket as it was, and the seconds to wait."""
    empty_at_s = max(empty_at_s, now_s)
    wait_s = empty_at_s - now_s - (pace.burst - 1) * pace.interval_s
    if wait_s > 1e-9:  # a float's rounding is no wait
        return empty_at_s, wait_s
    return empty_at_s + pace.interval_s, 0.0


# The same as `take`, in the one place that all processes share, by its clock. Seconds as text: Lua rounds to integers.
SCRIPT = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local empty_at = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local wait = empty_at - now - (burst - 1) * interval
if wait > 0.000001 then return tostring(wait) end
redis.call('SET', KEYS[1], string.format('%.6f', empty_at + interval), 'PX', math.ceil(1000 * (burst + 1) * interval))
return '0'
"""
