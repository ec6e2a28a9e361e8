"""A Spark as a vendor might build it: the one under test, with something renamed in a class."""

from __future__ import annotations

import zipfile
from pathlib import Path

from neptune_spark._start.spark_install import find_spark


def doctored_spark(root: Path, of_class: str, name: str, instead: str) -> Path:
    """Makes a Spark home with a version of its own, and returns it.

    All its jars are links, but for the one with the class. Only what the JVM knows of a class
    changes, not Scala's own signature of it.
    """
    spark = find_spark()
    (root / "jars").mkdir(parents=True)
    entry = of_class + ".class"
    for jar in spark.jars.glob("*.jar"):
        if not jar.name.startswith("spark-core_"):
            (root / "jars" / jar.name).symlink_to(jar)
            continue
        target = root / "jars" / jar.name.replace(".jar", "-vendor-1.jar")
        # Not compressed: it is read once or twice.
        with zipfile.ZipFile(jar) as original, zipfile.ZipFile(target, "w") as changed:
            for each in original.namelist():
                content = original.read(each)
                changed.writestr(
                    each, renamed(content, name, instead) if each == entry else content
                )
    return root


def renamed(class_file: bytes, name: str, instead: str) -> bytes:
    """The class, with another name of the same length for what has the name."""
    assert len(name) == len(instead)
    old, new = (b"\x01" + len(n).to_bytes(2, "big") + n.encode() for n in (name, instead))
    assert class_file.count(old) == 1
    return class_file.replace(old, new)
