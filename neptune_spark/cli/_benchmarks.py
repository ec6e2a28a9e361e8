"""Runs the programs of `neptune_bench`, which comes with this package: benchmarks, and the demo."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

from neptune_spark._errors import NeptuneError

_PACKAGE = "neptune_bench"
#: The oldest Python that they run on; the package itself runs on older ones.
_OLDEST_PYTHON = (3, 10)
#: What every benchmark needs, by the names to import: the extra `demo`.
_NEEDED = ("matplotlib", "numpy", "pandas", "pyarrow")


def start(name: str, words: list[str], extra: str = "demo", needs: Sequence[str] = ()) -> int:
    """Run a program of `neptune_bench` with the given words, in this process.

    Parameters
    ----------
    name : str
        The program's package in `neptune_bench`.
    words : list[str]
        The program's arguments.
    extra : str, optional
        The extra of neptune-spark that has all that it needs.
    needs : Sequence[str], optional
        What it needs beside what all need, by the names to import.

    Returns
    -------
    int
        The program's exit code; if a signal ended it, 128 and the signal's number, as in a shell.

    Raises
    ------
    NeptuneError
        When this Python is too old, the extra is not installed, or `neptune_bench` is not there.
    """
    if sys.version_info < _OLDEST_PYTHON:
        needed, found = (".".join(map(str, v[:2])) for v in (_OLDEST_PYTHON, sys.version_info))
        raise NeptuneError(
            f"{name} needs Python {needed} or later, and {sys.executable} is Python {found}: "
            "install neptune-spark with a newer one to run it."
        )
    missing = [need for need in (*_NEEDED, *needs) if find_spec(need) is None]
    if missing or find_spec(_PACKAGE) is None:
        raise NeptuneError(
            f"{name} needs {', '.join(missing or [_PACKAGE])}: install what it needs with "
            f"`{sys.executable} -m pip install 'neptune-spark[{extra}]'`."
        )
    program = import_module(f"{_PACKAGE}.{name}.__main__")
    code: int = program.main(words)
    return code
