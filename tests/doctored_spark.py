"""A Spark as a vendor might build it: the one under test, with a class that is changed."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Callable

from neptune_spark._start.class_files import FINAL, ClassFile
from neptune_spark._start.spark_install import find_spark


def doctored_spark(
    root: Path, of_class: str, change: Callable[[bytes], bytes], vendor: str = "-vendor-1"
) -> Path:
    """Makes a Spark home whose version ends as the vendor has it, and returns it.

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
        target = root / "jars" / jar.name.replace(".jar", f"{vendor}.jar")
        # Not compressed: it is read once or twice.
        with zipfile.ZipFile(jar) as original, zipfile.ZipFile(target, "w") as changed:
            for each in original.namelist():
                content = original.read(each)
                changed.writestr(each, change(content) if each == entry else content)
    return root


def renamed(class_file: bytes, name: str, instead: str) -> bytes:
    """The class, with another name of the same length for what has the name."""
    assert len(name) == len(instead)
    old, new = (b"\x01" + len(n).to_bytes(2, "big") + n.encode() for n in (name, instead))
    assert class_file.count(old) == 1
    return class_file.replace(old, new)


def made_final(class_file: bytes) -> bytes:
    """The class, as one that nobody may extend."""
    # After the constants come the class's access flags.
    at = ClassFile(class_file).constants_end
    access = int.from_bytes(class_file[at : at + 2], "big")
    assert not access & FINAL
    return class_file[:at] + (access | FINAL).to_bytes(2, "big") + class_file[at + 2 :]
