"""Which arrows between the parts of this repository are right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.unit.layers.arrows import Arrow, circles
from tests.unit.layers.python_imports import PythonPackage
from tests.unit.layers.scala_imports import ScalaFile, ScalaSources

PACKAGE = "neptune_spark"
WORKER = f"{PACKAGE}.worker"
CONTROLLER = f"{PACKAGE}.controller"
# A forked worker must start cheaply, and have no thread when it is forked.
NOT_IN_A_WORKER = ("psutil", "pandas", "pyarrow", "pyspark.sql")
SCALA = "jvm-shim/src/main"
PURE = "neptune"
BRIDGE = "org.apache.spark.neptune"
# In the pure part: no Spark, no thread, no clock, no monitor, no file.
NOT_PURE = (
    *("org", "java.io", "java.net", "java.nio", "java.time", "java.util.concurrent"),
    *("java.util.Timer", "java.lang.Thread", "scala.concurrent", "scala.sys"),
)
PURE_ALL_THE_SAME = ("java.util.concurrent.TimeUnit", "scala.concurrent.duration")
NOT_PURE_WORDS = re.compile(
    r"(?<![\w.])((?:Thread|ThreadLocal|Runnable|synchronized)\b|wait\(|notify(?:All)?\("
    r"|System\.(?:nanoTime|currentTimeMillis))"
)
PYTHON_NAME = re.compile(rf"\b{PACKAGE}((?:\.[a-z_]+)+)\b(?!\.json)")


def wrong_arrows(root: Path) -> list[str]:
    """Return a sentence for each arrow that is wrong."""
    package = PythonPackage(root, PACKAGE)
    return list(dict.fromkeys([*_wrong_in_python(package), *_wrong_in_scala(root, package)]))


def _wrong_in_python(package: PythonPackage) -> Iterator[str]:
    ours = [a for a in package.arrows if a.used in package.modules]
    yield from _told("modules", ours)
    folders = (a._replace(user=folder(a.user), used=folder(a.used)) for a in ours)
    yield from _told("folders", folders)
    for arrow in ours:
        if not _may_use(folder(arrow.user), folder(arrow.used)):
            yield f"{arrow}: {folder(arrow.user)} must not use {folder(arrow.used)}"
    workers = {m for m in package.modules if _is_in(m, WORKER)}
    loaded = package.loaded_by(workers)
    for arrow in package.arrows:
        if arrow.user in loaded and _is_in(arrow.used, "psutil"):
            yield f"{arrow}: a forked worker loads this module"
        if arrow.user in workers and any(_is_in(arrow.used, name) for name in NOT_IN_A_WORKER[1:]):
            yield f"{arrow}: it is not for a forked worker"
    switching = sorted({a.user for a in package.arrows if _is_in(a.used, "greenlet")})
    if len(switching) > 1:
        yield f"greenlet is imported in more than one file: {', '.join(switching)}"


def _wrong_in_scala(root: Path, python: PythonPackage) -> Iterator[str]:
    sources = ScalaSources(root, SCALA, one_by_one=BRIDGE)
    yield from _told("packages", sources.arrows())
    for file in sources.files:
        if _is_in(file.package, PURE):
            for arrow in sources.uses(file):
                if _is_not_pure(arrow.used):
                    yield f"{arrow}: the pure part must not use it"
            yield from _not_pure_words(file, root)
        yield from _unknown_python(file, python, root)


def _not_pure_words(file: ScalaFile, root: Path) -> Iterator[str]:
    for found in NOT_PURE_WORDS.finditer(file.code):
        where = f"{file.path.relative_to(root)}:{file.line_of(found.start())}"
        yield f"{where}: {file.package} -> {found[1]}: the pure part must not use it"


def _unknown_python(file: ScalaFile, python: PythonPackage, root: Path) -> Iterator[str]:
    """What Scala starts, or says of Python, is there."""
    for found in PYTHON_NAME.finditer(file.path.read_text(encoding="utf-8")):
        if not python.has(found[0]):
            where = f"{file.path.relative_to(root)}:{file.line_of(found.start())}"
            yield f"{where}: {file.package} -> {found[0]}: there is no such module"


def _told(what: str, arrows: Iterator[Arrow] | list[Arrow]) -> Iterator[str]:
    for circle in circles(arrows):
        yield "\n  ".join([f"a circle of {what}:", *map(str, circle)])


def folder(module: str) -> str:
    """Return the folder of ours that a module is in; one that is in none counts for itself."""
    return ".".join(module.split(".")[:2])


def _may_use(user: str, used: str) -> bool:
    if user == WORKER:
        return used in (WORKER, f"{PACKAGE}._errors")
    if user == CONTROLLER:
        return used in (CONTROLLER, WORKER, f"{PACKAGE}._version")
    # The command line and the policies that come with the package are users of it.
    users = (PACKAGE, f"{PACKAGE}.cli", f"{PACKAGE}.policies")
    return used != CONTROLLER and (used != PACKAGE or user in users)


def _is_not_pure(name: str) -> bool:
    return any(_is_in(name, forbidden) for forbidden in NOT_PURE) and not any(
        _is_in(name, allowed) for allowed in PURE_ALL_THE_SAME
    )


def _is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")
