"""The Neptune jar that fits a given Spark: found in the package or the cache, or else built.

A jar is bound to one exact Spark version, because it extends classes that Spark keeps to itself. It
is compiled with the Scala compiler that this very Spark carries, so nothing is downloaded. Builds
of one version may differ: a jar has a record of what it leans on, which it checks at its start
(BuildCheck.scala), and `neptune-spark jar --build` builds one for the very build that is there.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from neptune_spark._errors import ShimError, UnsupportedSpark
from neptune_spark._settings import SETTINGS_FILE
from neptune_spark._start import lines
from neptune_spark._start.compiler import (
    classes_in,
    compile_scala,
    compiler_flags,
    linkage_record,
    pack,
)
from neptune_spark._start.misfits import misfit, of_compiler, of_reflection
from neptune_spark._start.reflected import reflected_in, reflected_list
from neptune_spark._start.spark_install import SparkInstall, find_java, find_spark
from neptune_spark._version import __version__

#: What `spark.plugins` has to name.
PLUGIN_CLASS = "org.apache.spark.neptune.NeptunePlugin"

#: What gives SQL sessions Neptune's functions, by a service file in the jar.
EXTENSIONS_CLASS = "org.apache.spark.neptune.sql.NeptuneFunctions"

#: Resource of every jar that says what it was built from and for.
BUILD_PROPERTIES = "neptune-build.properties"
#: Resource of every jar: what it leans on, and how that looked in the Spark it was built with
#: (LinkageRecord.scala).
LINKAGE_RECORD = "neptune-linkage.txt"

_LINE_FOLDER = "scala-spark-"
# The end of a folder's name that holds what the lines of a major version share: 4.x.
_FAMILY = "x"
# How much an error shows of what a compiler said that did not get to our sources.
_SHOWN_CHARACTERS = 2000


def find_jar(spark_home: str | Path | None = None) -> Path:
    """Return the path of a jar that fits a Spark; build it if there is none yet.

    Looks in the package first, then in the user's cache, where a new jar is put. A jar counts only
    if it was built for exactly this Spark version and from exactly these sources. One that
    `neptune-spark jar --build` has built with exactly this Spark comes before any other. A build
    takes a few seconds and says so on stderr.

    .. versionadded:: 0.1.0

    Parameters
    ----------
    spark_home : str | Path | None, optional
        Root of the Spark; None for the one that PySpark would start.

    Returns
    -------
    Path
        The path to name in `spark.jars`.

    Raises
    ------
    UnsupportedSpark
        If there is no Spark, or none that this package supports.
    JavaError
        If a jar must be built and there is no JDK for it.
    ShimError
        If the jar cannot be compiled, or the cache is not writable.

    Examples
    --------
    >>> neptune_spark.find_jar().suffix
    '.jar'
    """
    spark = find_spark(spark_home)
    ready = ready_jar(spark)
    if ready is not None:
        return ready
    sources = Sources(lines.source_root(), spark)
    cached = cache_directory() / sources.jar_name
    _build_once(cached, sources)
    return cached


def build_jar(spark_home: str | Path | None = None) -> Path:
    """Build the jar with the very Spark that is there, for which `find_jar()` takes it then.

    Another build of the same version, whose own jars differ in any byte, goes on with the jar that
    it has.

    Parameters
    ----------
    spark_home : str | Path | None, optional
        Root of the Spark; None for the one that PySpark would start.

    Returns
    -------
    Path
        The jar.

    Raises
    ------
    UnsupportedSpark, JavaError, ShimError
        As `find_jar()` does.
    """
    sources = Sources(lines.source_root(), find_spark(spark_home))
    place = cache_directory() / sources.jar_name_of_build
    _build_once(place, sources, anew=True)
    return place


def ready_jar(spark: SparkInstall) -> Path | None:
    """Return the jar of `find_jar()` where it need not be built, else None.

    Raises
    ------
    UnsupportedSpark
        When this package does not support the Spark.
    """
    sources = Sources(lines.source_root(), spark)
    cached = cache_directory() / sources.jar_name
    places = [*sorted((lines.PACKAGE / "jars").glob("*.jar")), cached]
    # Where there is none of any build, Spark's jars need not be read.
    if any(cached.parent.glob(f"{cached.stem}-*.jar")):
        places.insert(0, cached.with_name(sources.jar_name_of_build))
    return next((place for place in places if _fits(place, sources)), None)


def jar_place(spark: SparkInstall) -> Path:
    """Return where the jar for a Spark is put when it is built, and looked for."""
    return cache_directory() / Sources(lines.source_root(), spark).jar_name


def serves_a_line(jar: Path) -> bool:
    """Return whether a jar can tell if it fits other releases of the line that it was built for."""
    with zipfile.ZipFile(jar) as archive:
        return LINKAGE_RECORD in archive.namelist()


def built_for(jar: Path) -> tuple[str, str]:
    """Return the versions of Spark and of this package that a jar was built for and from.

    Both are empty for what is no whole jar of ours.
    """
    said = dict(line.split("=", 1) for line in _build_properties(jar).splitlines())
    return said.get("spark.version", ""), said.get("version", "")


class Sources:
    """Everything that goes into the jar for one Spark version.

    Parameters
    ----------
    root : Path
        Directory with src/main/scala, src/main/resources, and what differs between Sparks:
        src/main/scala-spark-<major>.x for those from a major version on (there need not be one),
        and src/main/scala-spark-<line> for those from a line on. A later line's file takes the
        place of an earlier one's. src/main/spark-lines.json has all lines, the oldest first.
    spark : SparkInstall
        The Spark to build for.

    Raises
    ------
    UnsupportedSpark
        When the Spark's line is not among the lines, or it was built for another Scala.
    """

    def __init__(self, root: Path, spark: SparkInstall) -> None:
        main = root / "src" / "main"
        self.spark = spark
        self.line = lines.line_of(spark.version, spark.home, root)
        if spark.scala and spark.scala != self.line.scala:
            raise UnsupportedSpark(
                f"Spark {spark.version} in {spark.home} is built for Scala {spark.scala}: use "
                f"the one that is built for Scala {self.line.scala}, or set SPARK_HOME to it."
            )
        self._resources = main / "resources"
        self.scala = [
            *sorted((main / "scala").rglob("*.scala")),
            *_of_line(main, self.line.name, list(lines.spark_lines(root))),
        ]
        self.hash = self._hash(main)

    @property
    def jar_name(self) -> str:
        """File name of the jar, another one for each Spark version and state of the sources."""
        return f"neptune-spark-{__version__}-spark-{self.spark.version}-{self.hash[:16]}.jar"

    @property
    def jar_name_of_build(self) -> str:
        """File name of the jar for only the build of Spark that is there."""
        return f"{Path(self.jar_name).stem}-{self.spark.build()[:16]}.jar"

    @property
    def properties(self) -> str:
        """Text of the jar's build properties, which the plugin checks against the running Spark."""
        return (
            f"spark.version={self.spark.version}\nsource.hash={self.hash}\nversion={__version__}\n"
        )

    def resources(self) -> dict[str, bytes]:
        """Return what the jar carries beside classes, by name in the jar."""
        files = (f for f in self._resources.rglob("*") if f.is_file())
        return {
            **{f.relative_to(self._resources).as_posix(): f.read_bytes() for f in files},
            "neptune-settings.json": SETTINGS_FILE.read_bytes(),
            BUILD_PROPERTIES: self.properties.encode(),
        }

    def _hash(self, main: Path) -> str:
        resources = sorted(f for f in self._resources.rglob("*") if f.is_file())
        named = [(f.relative_to(main).as_posix(), f) for f in (*self.scala, *resources)]
        digest = hashlib.sha256(repr((__version__, compiler_flags(self.line))).encode())
        for name, file in [*named, (SETTINGS_FILE.name, SETTINGS_FILE)]:
            content = file.read_bytes()
            digest.update(f"\0{name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()


def _of_line(main: Path, line: str, names: list[str]) -> list[Path]:
    """Return the Scala files that differ between Sparks, as they are for one line."""
    earlier = names[: names.index(line) + 1]
    families = [f"{each.split('.')[0]}.{_FAMILY}" for each in earlier]
    # A family's folder comes before those of its lines, where its first line does.
    used = dict.fromkeys(name for pair in zip(families, earlier) for name in pair)
    folders = [main / f"{_LINE_FOLDER}{name}" for name in used]
    found = {f.relative_to(d): f for d in folders for f in sorted(d.rglob("*.scala"))}
    return list(found.values())


def _fits(jar: Path, sources: Sources) -> bool:
    """Return whether a file is a whole jar, built for this Spark from these sources."""
    return _build_properties(jar) == sources.properties


def _build_properties(jar: Path) -> str:
    """Return what a jar says of what it was built from and for; empty if it is none of ours."""
    try:
        with zipfile.ZipFile(jar) as archive:
            return archive.read(BUILD_PROPERTIES).decode()
    # A zip's directory is at its end: a file cut short anywhere fails here.
    except (OSError, KeyError, zipfile.BadZipFile, UnicodeDecodeError):
        return ""


def cache_directory() -> Path:
    """Return where compiled jars are kept for the user; it need not exist.

    Raises
    ------
    ShimError
        When there is no such place.
    """
    configured = os.environ.get("XDG_CACHE_HOME", "")
    try:
        # The XDG specification has relative paths ignored.
        base = Path(configured) if os.path.isabs(configured) else Path.home() / ".cache"
    except RuntimeError as e:
        raise ShimError(
            "there is no home directory to keep the Neptune jar in: set XDG_CACHE_HOME to a "
            "writable directory."
        ) from e
    return base / "neptune-spark"


def _build_once(jar: Path, sources: Sources, anew: bool = False) -> None:
    """Build a jar at its place in the cache, unless another process does so meanwhile.

    One that is there already stays, unless it is to be built anew.
    """
    try:
        jar.parent.mkdir(parents=True, exist_ok=True)
        with locked(jar.with_suffix(".lock")) as alone:
            if not anew and _fits(jar, sources):
                return
            # Only a builder that was killed leaves its directory behind; under the lock there is
            # no other builder of this jar.
            for left in jar.parent.glob(f"{jar.stem}.tmp-*") if alone else ():
                shutil.rmtree(left, ignore_errors=True)
            # In the cache's own file system, so that the last step is a rename: all or nothing.
            with tempfile.TemporaryDirectory(dir=jar.parent, prefix=f"{jar.stem}.tmp-") as work:
                os.replace(_build(sources, Path(work)), jar)
    except OSError as e:
        raise ShimError(
            f"the Neptune jar cannot be written to {jar.parent} ({e}): make it writable, or set "
            "XDG_CACHE_HOME to a directory that is."
        ) from e


@contextlib.contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Hold the lock on a file; yield False where the file system knows no locks."""
    with open(path, "w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError:
            # Some network file systems: two builders may both build, and the rename settles it.
            yield False
        else:
            yield True


def _build(sources: Sources, work: Path) -> Path:
    """Compile the sources and pack them, all inside a directory of its own."""
    spark = sources.spark
    java = find_java(spark)
    print(
        f"building the Neptune jar for Spark {spark.version} (some seconds, once) ...",
        file=sys.stderr,
        flush=True,
    )
    classes = work / "classes"
    problem = compile_scala(spark, sources.scala, classes)
    log = cache_directory() / f"{Path(sources.jar_name).stem}.log"
    if problem is not None:
        log.write_text(f"{spark}\n{java}\n{problem}\n", encoding="utf-8")
        if findings := of_compiler(problem):
            raise misfit(spark, sources.line, findings, log)
        raise ShimError(
            f"the Neptune jar for Spark {spark.version} does not compile with {java} (it must be a "
            f"JDK {sources.line.java} or later, not a JRE; else please report this with the file "
            f"{log}):\n{problem[:_SHOWN_CHARACTERS]}"
        )
    compiled = classes_in(classes)
    if findings := of_reflection(compiled.values(), spark):
        log.write_text("\n".join([str(spark), *findings, ""]), encoding="utf-8")
        raise misfit(spark, sources.line, findings, log)
    log.unlink(missing_ok=True)
    reflected = {member.owner for member in reflected_in(compiled.values())}
    record = {LINKAGE_RECORD: linkage_record(spark, classes, sorted(reflected))}
    jar = work / "neptune.jar"
    pack(jar, {**sources.resources(), **compiled, **reflected_list(compiled.values()), **record})
    return jar
