"""Jars from Maven Central: fetched once into the user's cache, by Spark's own Ivy."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from neptune_bench.harness.drivers import tail
from neptune_bench.harness.program import BenchmarkError

_ATTEMPTS: Final = 3
"""Of many downloads a single one may fail; what has come is in Ivy's cache the next time."""
_IVY: Final = """\
<ivy-module version="2.0">
  <info organisation="neptune" module="fetched"/>
  <dependencies>
    {artifacts}
    {excluded}
  </dependencies>
</ivy-module>
"""


@dataclass(frozen=True)
class Artifact:
    """A jar with all that it needs, as Ivy names it; the version may be a range of Ivy's."""

    organisation: str
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.organisation}:{self.name}:{self.version}"


def java() -> str:
    """Return the Java that Spark runs on."""
    from neptune_bench.harness import toolchain

    return toolchain.find_java(toolchain.find_spark())


def fetched(
    directory: str,
    artifacts: Sequence[Artifact],
    needed_by: str,
    excluded: Sequence[tuple[str, str]] = (),
) -> Path:
    """Return the directory of artifacts' jars, fetched if need be.

    Args:
        directory: its name, which says which artifacts in which version.
        artifacts: what to fetch.
        needed_by: who needs them, for the error.
        excluded: (organisation, module) of what they need and somebody else has.

    Raises:
        BenchmarkError: if they can't be fetched.
    """
    from neptune_bench.harness import toolchain

    cache = toolchain.cache_directory() / "benchmarks"
    place = cache / directory
    if place.is_dir():
        return place
    cache.mkdir(parents=True, exist_ok=True)
    # Ivy's cache is for one at a time.
    with toolchain.locked(cache / "ivy.lock"):
        if not place.is_dir():
            _fetch(place, artifacts, needed_by, excluded)
    return place


def _fetch(
    place: Path, artifacts: Sequence[Artifact], needed_by: str, excluded: Sequence[tuple[str, str]]
) -> None:
    """Have Ivy fetch what belongs into a directory of the cache, all or nothing."""
    from neptune_bench.harness import toolchain

    (ivy,) = toolchain.find_spark().jars.glob("ivy-*.jar")
    with tempfile.TemporaryDirectory(dir=place.parent) as work:
        module = Path(work) / "ivy.xml"
        module.write_text(_module(artifacts, excluded))
        made = Path(work) / "jars"
        command = [java(), "-jar", str(ivy), "-ivy", str(module), "-confs", "default", "-error"]
        command += ["-cache", str(place.parent / "ivy"), "-types", "jar", "bundle"]
        command += ["-retrieve", f"{made}/[artifact]-[revision].[ext]"]
        for _ in range(_ATTEMPTS):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode == 0 and made.is_dir():
                break
        else:
            raise BenchmarkError(
                f"{needed_by} needs the jars of {' and '.join(map(str, artifacts))}, which could "
                "not be fetched from Maven Central: connect this machine to it, or put the jars "
                f"into {place}. Ivy said:\n{tail(done.stdout + done.stderr)}"
            )
        os.rename(made, place)


def _module(artifacts: Sequence[Artifact], excluded: Sequence[tuple[str, str]]) -> str:
    """Return Ivy's description of a module that depends on artifacts."""
    wanted = (
        f'<dependency org="{a.organisation}" name="{a.name}" rev="{a.version}" '
        'conf="default->default"/>'
        for a in artifacts
    )
    left_out = (f'<exclude org="{o}" module="{m}"/>' for o, m in excluded)
    return _IVY.format(artifacts="\n    ".join(wanted), excluded="".join(left_out))
