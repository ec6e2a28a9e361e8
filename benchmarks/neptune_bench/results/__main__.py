"""The program: RESULTS.md and the README's table and picture, of the results in the repository."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from neptune_bench.harness import program
from neptune_bench.results import files, page, picture
from neptune_bench.results.shown import shown

README = "README.md"


def generated(root: Path) -> dict[Path, str]:
    """Return the texts that the results in the repository at `root` make, by file.

    Raises:
        BenchmarkError: if it is no repository of ours, or a result can't be read.
    """
    try:
        text = (root / README).read_text()
    except OSError as error:
        raise program.BenchmarkError(f"{root} is not a clone of neptune-spark ({error}).") from None
    kept = files.kept(root)
    found = [(each, shown(each.result)) for each in kept]
    readme = page.readme(text, found, picture.source(kept) is not None)
    return {root / page.PAGE: page.page(found), root / README: readme}


def write(root: Path, added: Sequence[Path]) -> None:
    """Add results to the repository at `root`, and write what all of them make."""
    generated(root)
    results = [files.load(directory) for directory in added]
    for result in results:
        shown(result)
    for result in results:
        print(f"Kept: {files.keep(result, root)}")
    written = generated(root)
    for file, text in written.items():
        file.write_text(text)
    names = [str(file) for file in written]
    shows = picture.source(files.kept(root))
    drawn = root / page.PICTURE
    if shows is not None and not is_current(drawn, shows):
        picture.draw(shows, drawn)
        names.append(str(drawn))
    print(f"Written: {', '.join(names)}")


def is_current(drawn: Path, shows: files.Kept) -> bool:
    """Whether a picture shows a result: matplotlib's releases draw differently, so by its words."""
    return drawn.exists() and picture.digest(shows) in drawn.read_text()


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages as the command-line `arguments` say; return the exit status."""
    parser = argparse.ArgumentParser(prog="neptune-spark bench results", description=__doc__)
    parser.add_argument(
        "--add",
        type=Path,
        nargs="+",
        default=[],
        metavar="DIR",
        help="of results to be kept in the repository",
    )
    parser.add_argument("--root", type=Path, default=Path(), help="the clone (%(default)s)")
    options = parser.parse_args(arguments)
    return program.run("results", lambda: write(options.root, options.add))


if __name__ == "__main__":
    sys.exit(main())
