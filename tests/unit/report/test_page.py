"""The page of several results."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

program = pytest.importorskip("neptune_bench.report.__main__", exc_type=ImportError)

TABLE = "# Title\n\nSome *words* & <signs>.\n\n| a |  b |\n| - | -: |\n| x | <1 |\n"


def test_the_page_needs_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        found = {"benchmark": name, "machine": {"cpus": 2}, "runs": "not shown"}
        (tmp_path / name / "result.json").write_text(json.dumps(found))
        (tmp_path / name / "latency.png").write_bytes(b"a picture")
    (tmp_path / "two" / "table.md").write_text(TABLE)
    out = tmp_path / "new" / "page.html"
    words = [str(tmp_path / "one"), str(tmp_path / "two"), "--out", str(out)]
    assert program.main(words) == 0
    page = out.read_text()
    assert page.count('src="data:image/png;base64,YSBwaWN0dXJl"') == 2
    assert "<h2>one</h2>" in page and "cpus" in page
    assert "<h2>Title</h2>\n<p>Some <em>words</em> &amp; &lt;signs&gt;.</p>" in page
    assert '<td>x</td>\n<td style="text-align:right">&lt;1</td>' in page
    assert "not shown" not in page
    assert "http" not in page


def test_a_directory_without_a_result_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main([str(tmp_path)]) == 1
    assert f"report: There is no result of a benchmark in {tmp_path}" in capsys.readouterr().err
