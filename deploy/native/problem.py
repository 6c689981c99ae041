"""What stops a command: one clear line that says what to do, and an exit status that is not 0."""


class Problem(SystemExit):
    """Printed on standard error as it is; the exit status is 1."""
