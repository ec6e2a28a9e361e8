"""A Spark home, a java and a source tree that are just enough for the jar to be built from."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from neptune_spark._start.compiler import RECORDER

# Stands in for `java -version`, and for the Scala compiler: makes one class file per source file
# that holds the source, and writes down its options. Also for our class that records linkage.
_JAVA = """\
#!{python}
import pathlib, sys, time
words = sys.argv[1:]
if words == ["-version"]:
    print('openjdk version "{version}" 2025-01-01', file=sys.stderr)
    sys.exit(0)
if {recorder!r} in words:
    record = pathlib.Path(words[words.index({recorder!r}) + 2])
    record.write_text("what the jar leans on\\n")
    sys.exit(0)
with open({calls!r}, "a") as calls:
    options = words[words.index("scala.tools.nsc.Main") + 1 : words.index("-d")]
    calls.write(" ".join(options) + "\\n")
time.sleep({seconds})
classes = pathlib.Path(words[words.index("-d") + 1])
for word in words:
    if word.endswith(".scala"):
        source = pathlib.Path(word)
        if "DOES NOT COMPILE" in source.read_text():
            print(source.name + ":1: error: it does not compile")
            sys.exit(1)
        (classes / "made").mkdir(exist_ok=True)
        (classes / "made" / (source.stem + ".class")).write_bytes(source.read_bytes())
"""


def make_spark(root: Path, version: str = "4.3.0", scala: str = "2.13") -> Path:
    """A Spark home with empty jars: the one that names the version, and Scala's."""
    (root / "jars").mkdir(parents=True)
    parts = [f"scala-{part}-{scala}.18" for part in ("compiler", "library", "reflect")]
    for name in (f"spark-core_{scala}-{version}", *parts):
        (root / "jars" / f"{name}.jar").touch()
    (root / "bin").mkdir()
    submit = root / "bin" / "spark-submit"
    submit.write_text("#!/bin/sh\n")
    submit.chmod(0o755)
    return root


def make_java(root: Path, version: str = "17.0.9", compile_seconds: float = 0) -> Path:
    """A Java home; what options its compiler had is in the file `calls`, a line for each call."""
    java = root / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(
        _JAVA.format(
            python=sys.executable,
            recorder=RECORDER,
            version=version,
            calls=str(root / "calls"),
            seconds=compile_seconds,
        )
    )
    java.chmod(0o755)
    # What tells a JDK from a JRE.
    (root / "bin" / "javac").touch()
    return root


def compilations(java_home: Path) -> list[list[str]]:
    """What options the compiler of make_java() had, for each of its calls."""
    calls = java_home / "calls"
    return [call.split() for call in calls.read_text().splitlines()] if calls.exists() else []


def spark_lines(*names: str, java: int = 17, scala: str = "2.13") -> str:
    """The table of supported lines; all need this Java and this Scala."""
    facts = {"newest": "", "scala": scala, "java": java, "python": "3.11"}
    return json.dumps({name: facts for name in names})


def make_sources(
    root: Path, lines: tuple[str, ...] = ("4.2", "4.3"), java: int = 17, scala: str = "2.13"
) -> Path:
    """A tree like jvm-shim/: a common file, one of Spark 4.x, one per line, and a resource.

    A line more than those is supported, 4.9, which has nothing of its own.
    """
    main = root / "src" / "main"
    common = main / "scala" / "neptune"
    common.mkdir(parents=True)
    (common / "Common.scala").write_text("package neptune\nclass Common\n")
    family = main / "scala-spark-4.x" / "neptune"
    family.mkdir(parents=True)
    (family / "Family.scala").write_text("package neptune\nclass Family\n")
    (main / "spark-lines.json").write_text(spark_lines(*lines, "4.9", java=java, scala=scala))
    for line in lines:
        folder = main / f"scala-spark-{line}" / "neptune"
        folder.mkdir(parents=True)
        (folder / "Line.scala").write_text(
            f'package neptune\nobject Line {{ val name = "{line}" }}\n'
        )
    services = main / "resources" / "META-INF" / "services"
    services.mkdir(parents=True)
    (services / "some.Service").write_text("neptune.Common\n")
    return root
