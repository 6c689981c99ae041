"""How far a measurement can be trusted, and why. The numbers are stored: none may ever change its meaning."""

from enum import IntEnum, IntFlag


class Quality(IntEnum):
    """The vocabulary of QARTOD. A higher number is a worse one."""

    GOOD = 1
    NOT_EVALUATED = 2
    SUSPECT = 3
    FAIL = 4
    MISSING = 9

    @property
    def label(self) -> str:
        return self.name.lower()


LABELS = {quality.value: quality.label for quality in Quality}


class Reason(IntFlag):
    """What a rule saw. A good measurement may have one too: a roll-over is worth knowing."""

    NOISE = 1 << 0
    TRUNCATED_READING = 1 << 1
    ZERO_GLITCH = 1 << 2
    GLITCH = 1 << 3
    ROLL_OVER = 1 << 4
    REPLACEMENT = 1 << 5
    REPLACEMENT_PROPOSED = 1 << 6
    REPLACEMENT_REJECTED = 1 << 7
    IMPLAUSIBLE_RISE = 1 << 8
    NO_BASELINE = 1 << 9
    NO_METER = 1 << 10
    NO_PULSE_CONSTANT = 1 << 11
    LOGGER_STATUS = 1 << 12
    NOT_A_NUMBER = 1 << 13
    OUT_OF_RANGE = 1 << 14
    ABOVE_PIPE_CEILING = 1 << 15
    NEGATIVE = 1 << 16
    LOW_CUTOFF = 1 << 17
    NO_SENSOR_DEPTH = 1 << 18
    UNKNOWN_UNIT = 1 << 19
    RECEIVE_TIME = 1 << 20  # the device said no time
    UNUSUAL_VALUE = 1 << 21  # outside what the place shows, within what the sensor can
    SPIKE = 1 << 22
    RATE_OF_CHANGE = 1 << 23
    FLAT_LINE = 1 << 24
    AFTER_GAP = 1 << 25
    CONFIRMED_FAULT = 1 << 26  # a person entered it into the configuration, with dates
    MEAN_OF_GAP = 1 << 27  # the mean of all that passed since the reading before, and of no shorter time
    SHORT_WINDOW = 1 << 28  # too few counts, and too little time, for a flow
    # From here on: what is said of measurements that are made of other measurements.
    MISSING_INPUT = 1 << 40
    DIVISION_BY_ZERO = 1 << 41
    NOT_FINITE = 1 << 42
    HELD_INPUT = 1 << 43  # of an earlier instant, held as long as was allowed: no number for a regulator


NAMES = {bit.value: (bit.name or "").lower() for bit in Reason}


def reason_names(bits: int) -> list[str]:
    return [name for bit, name in NAMES.items() if bits & bit]
