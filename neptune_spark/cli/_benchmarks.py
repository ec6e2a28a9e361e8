"""Finds the packages of the benchmarks, the demonstration among them, and runs them as programs."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

import neptune_spark
from neptune_spark._errors import NeptuneError

#: The oldest Python that they run on; the package itself runs on older ones.
_OLDEST_PYTHON = (3, 10)
#: What every benchmark needs, by the names to import: the extra `demo`.
_NEEDED = ("matplotlib", "numpy", "pandas", "pyarrow")

# `python -m NAME` would prefer a NAME.py in the directory where the user happens to be.
_START = """\
import runpy, sys
sys.path[0] = sys.argv.pop(1)
runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
"""


def start(package: str, words: list[str], extra: str = "demo", needs: Sequence[str] = ()) -> int:
    """Run a package of the benchmarks as a program, with the given words.

    Parameters
    ----------
    package : str
        Its name.
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
        When this Python is too old, the extra is not installed, or the benchmarks are not there.
    """
    if sys.version_info < _OLDEST_PYTHON:
        needed, found = (".".join(map(str, v[:2])) for v in (_OLDEST_PYTHON, sys.version_info))
        raise NeptuneError(
            f"{package} needs Python {needed} or later, and {sys.executable} is Python {found}: "
            "install neptune-spark with a newer one to run it."
        )
    missing = [name for name in (*_NEEDED, *needs) if importlib.util.find_spec(name) is None]
    if missing:
        raise NeptuneError(
            f"{package} needs {', '.join(missing)}: install them with "
            f"`{sys.executable} -m pip install 'neptune-spark[{extra}]'`."
        )
    place = str(directory(package))
    # The workers of its sessions import from there too.
    paths = [place, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-c", _START, place, package, *words]
    return _to_the_end(command, environment)


def _to_the_end(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a program to its end, whatever signals come: it has sessions to stop, and we wait.

    Returns
    -------
    int
        Its exit code, see `start`.
    """
    process: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if process is None:
            early.append(number)
        else:
            process.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        # What is ignored is so for the program too: nohup means it that way.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, pass_on)
    process = subprocess.Popen(command, env=environment)
    for came in early:
        process.send_signal(came)
    while True:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            # Ctrl-C reaches the program by itself.
            continue
        return code if code >= 0 else 128 - code


def directory(package: str) -> Path:
    """Return the directory of the benchmarks: in an installed package, or beside it in a checkout.

    Parameters
    ----------
    package : str
        One that must be there.

    Raises
    ------
    NeptuneError
        When it is not.
    """
    ours = Path(neptune_spark.__file__).parent
    for place in (ours / "_benchmarks", ours.parent / "benchmarks"):
        if (place / package / "__main__.py").is_file():
            return place
    raise NeptuneError(
        f"neptune_spark in {ours} came without its benchmarks: install it anew from a wheel."
    )
