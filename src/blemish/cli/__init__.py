"""The command line. Each command is one call of the library; what is heavy is imported when a command runs."""

from __future__ import annotations

import os
import sys

# The commands of a module register themselves. `blemish --help` lists them in this order.
from . import photos  # noqa: F401

# isort: split
from . import attribution, checks, planes, scan, sensitivity  # noqa: F401

# isort: split
from . import quality_cnns, synthesize  # noqa: F401

# isort: split
from . import embedded, severity_scale  # noqa: F401
from .application import app, run


def main() -> None:
    """Run the command that the shell gave; a user's mistake ends in one sentence and exit code 2."""
    # Read when torch is imported. Threads that spin while they wait take the core of one that another program holds up.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    sys.exit(run())


__all__ = ["app", "main"]
