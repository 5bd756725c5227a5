"""Jobs for worker processes, which import them by name."""

import os
import signal


def square(number: int) -> int:
    """The square; 3 kills its worker, 13 raises LookupError."""
    if number == 3:
        os.kill(os.getpid(), signal.SIGSEGV)
    if number == 13:
        raise LookupError("thirteen")
    return number**2


def named(number: int) -> str:
    """What is returned in place of a job whose worker died."""
    return f"{number} died"
