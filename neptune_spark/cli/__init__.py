"""The command `neptune-spark`: one module per sub-command."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from neptune_spark._errors import NeptuneError
from neptune_spark._version import __version__
from neptune_spark.cli import _bench, _demo, _doctor, _jar, _report, _settings, _submit, _top

#: What runs each sub-command, and what it does.
COMMANDS: dict[str, tuple[Callable[[list[str]], int], str]] = {
    "jar": (_jar.run, _jar.SUMMARY),
    "submit": (_submit.run, _submit.SUMMARY),
    "demo": (_demo.run, _demo.SUMMARY),
    "bench": (_bench.run, _bench.SUMMARY),
    "doctor": (_doctor.run, _doctor.SUMMARY),
    "top": (_top.run, _top.SUMMARY),
    "report": (_report.run, _report.SUMMARY),
    "settings": (_settings.run, _settings.SUMMARY),
}

_USAGE = f"usage: neptune-spark [-h] [--version] {{{','.join(COMMANDS)}}} ..."


def main(argv: Sequence[str] | None = None) -> int:
    """Run one sub-command of `neptune-spark`.

    .. versionadded:: 0.1.0

    Parameters
    ----------
    argv : Sequence[str] | None, optional
        The words after `neptune-spark`; None for those of this process.

    Returns
    -------
    int
        The exit code: 0, the sub-command's own, 1 after a NeptuneError, 2 for wrong usage.

    Examples
    --------
    >>> from neptune_spark.cli import main
    >>> main(["--version"])
    neptune-spark ...
    0
    """
    # Not argparse: `submit`, `demo` and `bench` pass all their words on, options first or not.
    words = list(sys.argv[1:] if argv is None else argv)
    if not words:
        print(_help(), file=sys.stderr)
        return 2
    command, rest = words[0], words[1:]
    if command in ("-h", "--help"):
        print(_help())
        return 0
    if command == "--version":
        print(f"neptune-spark {__version__}")
        return 0
    if command not in COMMANDS:
        print(f"{_USAGE}\nneptune-spark: there is no command {command!r}", file=sys.stderr)
        return 2
    try:
        run, _ = COMMANDS[command]
        return run(rest)
    except NeptuneError as e:
        print(f"neptune-spark {command}: {e}", file=sys.stderr)
        return 1


def _help() -> str:
    lines = [f"  {name:10}{summary}" for name, (_, summary) in COMMANDS.items()]
    return "\n".join([_USAGE, "", "commands:", *lines])
