"""The module that an application has Spark start in the place of PySpark's daemon or worker."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import Final

VARIABLES: Final = {
    "daemon": "NEPTUNE_PYTHON_DAEMON_MODULE",
    "main": "NEPTUNE_PYTHON_WORKER_MODULE",
}
"""The environment variables with its name, set by `chained`, by which of our modules runs."""
_SETTINGS: Final = {"daemon": "spark.python.daemon.module", "main": "spark.python.worker.module"}


def take(ours: str) -> str | None:
    """Return its name, if there is one, and take it out of the environment.

    A Spark that a task starts must not inherit it.

    Parameters
    ----------
    ours : str
        Which of our modules runs, `daemon` or `main`.

    Raises
    ------
    SystemExit
        There is no such module; with a sentence that says which setting names it.
    """
    module = os.environ.pop(VARIABLES[ours], None)
    if module is not None and not _exists(module):
        sys.exit(
            f"neptune-spark: {_SETTINGS[ours]} is '{module}', but {sys.executable} finds no such "
            "module: put it on the workers' path (spark.executorEnv.PYTHONPATH), or remove the "
            "setting."
        )
    return module


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ImportError:  # of a package above it
        return False
