"""What spark-submit's options amount to, and the options that add Neptune to them.

spark-submit takes the last of several values for a key. So nothing a user wrote is rewritten:
Neptune's options are put behind the user's, with the user's own plugins and jars merged in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from neptune_spark._start.packages import PACKAGES, items, names_our_jar, names_our_package
from neptune_spark._start.shim import EXTENSIONS_CLASS, PLUGIN_CLASS
from neptune_spark._start.spark_install import SparkInstall

PLUGINS = "spark.plugins"
#: Spark loads those first (Spark 3.5 to 4.3). PySpark, which starts a Spark Connect server by
#: overwriting spark.plugins, leaves it alone.
DEFAULT_PLUGINS = "spark.plugins.defaultList"
EXTENSIONS = "spark.sql.extensions"
JARS = "spark.jars"

# spark-submit's options without a value; every other option takes one.
_SWITCHES = frozenset(
    ("--help", "-h", "--supervise", "--usage-error", "--verbose", "-v", "--version")
) | {"--load-spark-defaults"}
# Options whose use starts no application, so that there is nothing to add Neptune to.
_NO_APPLICATION = frozenset(("--help", "-h", "--usage-error", "--version", "--kill", "--status"))
_NAMES_OF_KEYS = {
    "--master": "spark.master",
    "--remote": "spark.remote",
    "--deploy-mode": "spark.submit.deployMode",
}


def with_item(comma_list: str | None, item: str) -> str:
    """Return a comma-separated list with an item in it once, behind those already there."""
    before = items(comma_list)
    return ",".join(before if item in before else [*before, item])


def brings_our_jar(properties: dict[str, str], spark: SparkInstall) -> bool:
    """Return whether an application names Neptune's jar itself, as a file or as a package.

    Raises
    ------
    SessionError
        When the package is not the right one.
    """
    named = names_our_package(properties.get(PACKAGES), spark)
    return named or names_our_jar(properties.get(JARS))


@dataclass
class SubmitOptions:
    """A spark-submit command line, read as spark-submit reads it.

    Attributes
    ----------
    args : Sequence[str]
        The words after `spark-submit`.
    end : int
        Index in args of the application (a .py or .jar file, or "pyspark-shell").
    starts_application : bool
        False for --help, --version, --kill, --status, or without application.
    conf : dict[str, str]
        Last value of each --conf key, and of options that stand for a key.
    jars : str | None
        Last value of --jars, which beats spark.jars from anywhere else.
    packages : str | None
        Last value of --packages, which beats spark.jars.packages likewise.
    """

    args: Sequence[str]
    end: int = 0
    starts_application: bool = True
    conf: dict[str, str] = field(default_factory=dict)
    jars: str | None = None
    packages: str | None = None
    _files: list[str] = field(default_factory=list)
    _more_files: list[str] = field(default_factory=list)
    _load_defaults: bool = False

    def __post_init__(self) -> None:
        words = list(self.args)
        while self.end < len(words) and words[self.end].startswith("-"):
            option, equals, value = words[self.end].partition("=")
            if not option.startswith("--"):
                option, equals = words[self.end], ""
            self.end += 1
            if option in _NO_APPLICATION:
                self.starts_application = False
            if option not in _SWITCHES and not equals:
                value = words[self.end] if self.end < len(words) else ""
                self.end += 1
            self._take(option, value)
        self.starts_application &= self.end < len(words)

    def _take(self, option: str, value: str) -> None:
        if option in ("--conf", "-c"):
            key, equals, setting = value.partition("=")
            if equals:
                self.conf[key.strip()] = setting
        elif option in _NAMES_OF_KEYS:
            self.conf[_NAMES_OF_KEYS[option]] = value
        elif option == "--jars":
            self.jars = value
        elif option == "--packages":
            self.packages = value
        elif option == "--properties-file":
            self._files = [value]
        elif option == "--extra-properties-file":
            self._more_files.append(value)
        elif option == "--load-spark-defaults":
            self._load_defaults = True

    def effective(self, spark: SparkInstall) -> dict[str, str]:
        """Return all properties that the application starts with: options, files, defaults."""
        merged: dict[str, str] = {}
        if not self._files or self._load_defaults:
            merged.update(read_properties(spark.conf / "spark-defaults.conf"))
        for file in (*self._files, *self._more_files):
            merged.update(read_properties(Path(file)))
        merged.update(self.conf)
        if self.jars is not None:
            merged[JARS] = self.jars
        if self.packages is not None:
            merged[PACKAGES] = self.packages
        return merged

    def with_neptune(self, spark: SparkInstall, jar: Path | None) -> list[str]:
        """Return the words with Neptune's plugin and jar added before the application.

        Parameters
        ----------
        spark : SparkInstall
            The Spark whose defaults count.
        jar : Path | None
            The jar; None where the application brings it.
        """
        before = self.effective(spark)
        added = ["--conf", f"{PLUGINS}={with_item(before.get(PLUGINS), PLUGIN_CLASS)}"]
        if names_extensions(spark.line):
            extensions = with_item(before.get(EXTENSIONS), EXTENSIONS_CLASS)
            added += ["--conf", f"{EXTENSIONS}={extensions}"]
        if jar is not None:
            added += ["--jars", with_item(before.get(JARS), str(jar))]
        return [*self.args[: self.end], *added, *self.args[self.end :]]


def names_extensions(line: str) -> bool:
    """Return whether PySpark's sessions know only the extensions that a setting names.

    Since Spark 4.0 they look for those in jars, too, as sessions in the JVM always do.
    """
    return line == "3.5"


def read_properties(file: Path) -> dict[str, str]:
    """Read a Java properties file such as spark-defaults.conf; empty when it cannot be read.

    Spark itself complains about a file that must be there and is not.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    found: dict[str, str] = {}
    for line in re.sub(r"\\\n[ \t]*", "", text).splitlines():
        line = line.strip()
        if line and line[0] not in "#!":
            end = next((i for i, c in enumerate(line) if c in "=: \t"), len(line))
            # Between key and value: blanks, and at most one of = and :.
            rest = line[end:].lstrip()
            found[line[:end]] = rest[1:].strip() if rest[:1] in ("=", ":") else rest
    return found
