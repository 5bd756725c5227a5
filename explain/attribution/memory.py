"""How many examples go through a model at once, by the memory that there is."""

from __future__ import annotations

import os

SHARE, MOST = 0.25, 16  # of the free memory; more examples at once gain no time on a CPU


def examples_at_once(bytes_per_example: int) -> int:
    """As many as fit into a quarter of the memory that is free, 1 at least."""
    return max(1, min(MOST, int(SHARE * free_memory() / bytes_per_example)))


def free_memory() -> int:
    """Bytes that a program can have without another giving way; 2 GiB where the system does not say."""
    try:
        with open("/proc/meminfo") as lines:
            available = next(line for line in lines if line.startswith("MemAvailable"))
        return int(available.split()[1]) * 1024
    except (OSError, StopIteration):
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 2**31
