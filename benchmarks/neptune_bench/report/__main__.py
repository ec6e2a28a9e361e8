"""The program: one HTML page of the results in several directories."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from neptune_bench.harness import program
from neptune_bench.report import page


def write(directories: Sequence[Path], out: Path) -> None:
    """Write the page of the results in `directories` to `out`.

    Raises:
        BenchmarkError: if one of them has no result.
    """
    text = page.rendered([page.read(directory) for directory in directories])
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text)
    print(f"Written: {out}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the page as the command-line `arguments` say; return the exit status."""
    parser = argparse.ArgumentParser(prog="neptune-spark bench report", description=__doc__)
    parser.add_argument("directories", type=Path, nargs="+", metavar="DIR", help="of a result")
    out = Path("bench") / "report.html"
    parser.add_argument("--out", type=Path, default=out, help="the page (%(default)s)")
    options = parser.parse_args(arguments)
    return program.run("report", lambda: write(options.directories, options.out))


if __name__ == "__main__":
    sys.exit(main())
