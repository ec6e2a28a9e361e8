"""The module that an application has Spark start in the place of PySpark's daemon or worker."""

from __future__ import annotations

import sys
from importlib.util import find_spec


def check(module: str, setting: str) -> None:
    """End the process with one sentence if there is no such module.

    Args:
        module: its name.
        setting: the setting that names it.

    Raises:
        SystemExit: it is not found.
    """
    try:
        found = find_spec(module) is not None
    except ImportError:  # of a package above it
        found = False
    if not found:
        sys.exit(
            f"neptune-spark: {setting} is '{module}', but {sys.executable} finds no such module: "
            "put it on the workers' path (spark.executorEnv.PYTHONPATH), or remove the setting."
        )
