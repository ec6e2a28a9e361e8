from __future__ import annotations

import re
import subprocess
import sys
import tokenize
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_importing_it_does_not_import_pyspark() -> None:
    """Every Python worker imports the package, and the command line should be quick."""
    program = "import sys, neptune_spark, neptune_spark.cli; sys.exit('pyspark' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_no_file_is_long() -> None:
    folders = ("neptune_spark", "jvm-shim", "benchmarks", "examples", "tests")
    files = [f for d in folders for s in ("*.py", "*.scala") for f in (ROOT / d).rglob(s)]
    assert files
    lengths = {f: len(f.read_text(encoding="utf-8").splitlines()) for f in files}
    assert {f: length for f, length in lengths.items() if length >= 400} == {}


def test_suppressions_name_their_reason() -> None:
    """`# noqa: CODE - reason` and `# type: ignore[code]  # reason`, on the line."""
    reasoned = re.compile(r"# (type: ignore\[[\w, -]+\]|noqa: [A-Z]+\d+) +\W+\w+")
    bad = []
    for file in (f for d in ("neptune_spark", "benchmarks") for f in (ROOT / d).rglob("*.py")):
        with tokenize.open(file) as source:
            comments = [
                t for t in tokenize.generate_tokens(source.readline) if t.type == tokenize.COMMENT
            ]
        for comment in comments:
            text = comment.string
            if text.startswith(("# type: ignore", "# noqa")) and not reasoned.match(text):
                bad.append(f"{file}:{comment.start[0]}: {text}")
    assert bad == []
