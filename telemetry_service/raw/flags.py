"""What is odd about a raw row from its arrival on. Stored: none may ever change its meaning."""

from enum import IntFlag


class Flag(IntFlag):
    RECEIVE_TIME = 1 << 0  # the device said no time: it is the one at which we received it
    MANUAL = 1 << 1  # a person wrote it down
