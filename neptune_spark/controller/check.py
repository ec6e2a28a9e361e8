"""Importing this checks that Python workers of this interpreter can run suspendable tasks.

The executor runs `python -c "import neptune_spark.controller.check" VERSION` once, with the
interpreter of its workers and the version of its jar: exit code 0, or 1 and one line on stderr that
names what is missing and what to do.
"""

from __future__ import annotations

import importlib
import sys

from neptune_spark._version import __version__
from neptune_spark.worker import channel

MINIMUM_PYTHON = (3, 8)
REQUIRED_MODULES = ("psutil", "pyspark")


def problem() -> str | None:
    """Return one sentence on what keeps this interpreter from running suspendable tasks, or None.

    The sentence names the interpreter, and `PYSPARK_PYTHON`, by which the user names another.
    """
    here = f"{sys.executable} (the workers' Python; PYSPARK_PYTHON names another)"
    if sys.version_info[:2] < MINIMUM_PYTHON:
        found, needed = (".".join(map(str, v)) for v in (sys.version_info[:2], MINIMUM_PYTHON))
        return f"{here} is Python {found}; neptune-spark needs {needed} or later."
    for name in REQUIRED_MODULES:
        try:
            importlib.import_module(name)
        except ImportError as error:
            reason = " ".join(str(error).split())
            return f"{here} cannot import {name} ({reason}); install it there: pip install {name}."
    if sys.argv[0] == "-c" and sys.argv[1:] not in ([], [__version__]):
        jar = sys.argv[1]
        return (
            f"{here} has neptune-spark {__version__}, but the Neptune jar belongs to {jar}; "
            f"install that version there (pip install neptune-spark=={jar}), or name the jar of "
            f"{__version__}."
        )
    unsupported = channel.unsupported()
    return None if unsupported is None else f"{here}: {unsupported}"


def check() -> None:
    """Exit with code 1 and one line on stderr if there is a problem.

    Raises
    ------
    SystemExit
        There is one.
    """
    found = problem()
    if found is not None:
        print(f"neptune-spark: {found}", file=sys.stderr)
        raise SystemExit(1)


check()
