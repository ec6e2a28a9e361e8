"""The pages and the picture that the kept results make."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from neptune_spark.cli import _bench
from tests.unit.mechanism import made_up as mechanism
from tests.unit.path import made_up as path
from tests.unit.realtime.test_figures import RESULT as REALTIME
from tests.unit.results.made_up import as_json, demo, sweep, tpch
from tests.unit.scale import made_up as scale
from tests.unit.share.test_figures import RESULT as SHARE

program = pytest.importorskip("neptune_bench.results.__main__", exc_type=ImportError)
files, page, picture = program.files, program.page, program.picture
sweep_report = pytest.importorskip("neptune_bench.sweep.report", exc_type=ImportError)

ROOT = Path(__file__).parents[3]
README = f"# Title\n\n{page.BEGIN}\nstale\n{page.END}\n\nThe rest.\n"


@pytest.mark.parametrize("file, text", program.generated(ROOT).items(), ids=str)
def test_the_pages_are_what_the_results_make(file: Path, text: str) -> None:
    assert file.read_text() == text, "run `make docs`"


def test_the_picture_shows_the_result() -> None:
    shows = picture.source(files.kept(ROOT))
    assert shows is None or program.is_current(ROOT / page.PICTURE, shows), "run `make docs`"


def test_the_results_of_every_benchmark_are_known() -> None:
    known = {*_bench.BENCHMARKS, "demo"} - {"report", "compare", "results"}
    assert set(files.REPORTS) == known
    for name in known:
        with files.reader({"benchmark": name}, "shown") as report:
            assert callable(report.shown) and callable(report.compared)


def test_every_kept_result_has_its_place() -> None:
    for kept in files.kept(ROOT):
        machine = files.machine_name(kept.result["machine"])
        assert kept.place == f"{machine}/{files.variant(kept.result)}"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository without results."""
    for folder in (files.FOLDER, "docs/pictures"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "README.md").write_text(README)
    return tmp_path


def add(clone: Path, *results: dict[str, Any]) -> None:
    names = []
    for number, result in enumerate(results):
        names.append(clone / f"{number}.json")
        names[-1].write_text(json.dumps(result))
    assert program.main(["--root", str(clone), "--add", *map(str, names)]) == 0


def test_results_of_all_benchmarks_are_shown(clone: Path) -> None:
    add(
        clone,
        *(demo(), tpch(), as_json("share", SHARE), as_json("realtime", REALTIME)),
        *(as_json("scale", scale.result()), as_json("mechanism", mechanism.result())),
        as_json("path", path.result()),
    )
    notes = clone / files.FOLDER / "2-core-epyc" / "demo" / files.NOTES
    notes.write_text("The driver has no processor of its own.\n")
    assert program.main(["--root", str(clone)]) == 0
    text = (clone / page.PAGE).read_text()
    glance = [line for line in text.splitlines() if "](results/2-core" in line]
    met = next(line for line in glance if "p99 at least 3 x lower than Spark FIFO" in line)
    assert "[demo]" in met and "10.0 x" in met and " met |" in met
    assert any("p99 at most" in line and "**missed**" in line for line in glance)
    for name in ("demo", "tpch", "realtime"):
        assert f'<a id="2-core-epyc-{name}"></a>' in text or f'<a id="2-core-{name}"></a>' in text
    misses = text.partition("## Where it does not help")[2].partition("## All tables")[0]
    assert "The driver has no processor of its own." in misses
    assert "- p99 at most 1.5 x the stream alone: 2.0 x" in misses
    # The tables of each are those that its benchmark writes.
    assert "### Real-time queries beside a batch" in text and "1.50 (1.00 to 2.00)" in text


def test_the_readme_has_five_lines_and_all_of_its_own(clone: Path) -> None:
    add(clone, demo(), tpch(), as_json("share", SHARE))
    text = (clone / "README.md").read_text()
    assert text.startswith("# Title\n") and text.endswith("\n\nThe rest.\n") and "stale" not in text
    _, _, *lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == page.HELPS + page.COSTS == 5
    assert "20.0 x" in lines[1] and "2.0 x" in lines[1]
    assert f"]({page.PICTURE})" in text


def test_a_readme_without_a_place_is_one_sentence(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (clone / "README.md").write_text("# Title\n")
    assert program.main(["--root", str(clone)]) == 1
    assert "The README needs a line <!-- results" in capsys.readouterr().err


@pytest.mark.parametrize(
    "result, rows",
    [
        (demo(), ["stream alone", "Spark FIFO", "Spark FAIR", "Neptune"]),
        (tpch(), ["stream alone", "Spark FIFO", "Neptune"]),
    ],
    ids=["demo", "tpch"],
)
def test_the_picture_follows_its_result(
    clone: Path, result: dict[str, Any], rows: list[str]
) -> None:
    add(clone, result)
    drawn = clone / page.PICTURE
    first = drawn.read_text()
    assert first.startswith("<?xml") and "2-core-epyc" in first
    shows = picture.source(files.kept(clone))
    assert list(picture.latencies_ms(shows.result)) == rows
    # Drawn again it is the same; of other latencies it is not.
    picture.draw(shows, drawn)
    assert drawn.read_text() == first
    drawn.write_text(first.replace(picture.digest(shows), ""))
    assert not program.is_current(drawn, shows)
    assert program.main(["--root", str(clone)]) == 0
    assert program.is_current(drawn, shows)


def test_what_is_kept_makes_the_same_tables(clone: Path) -> None:
    result = as_json("realtime", REALTIME)
    file = files.keep(result, clone)
    assert "rounded to 6 digits" in files.load(file)["kept"]
    assert program.shown(files.load(file)).tables == program.shown(result).tables


def test_numbers_are_rounded_as_far_as_it_does_no_harm() -> None:
    found = files.rounded({"few": [1.23456789], "many": [98.7654321] * 2000})
    assert found == {"few": [1.23457], "many": [98.8] * 2000}
    exact = {"moment": 1795777663.123, "bytes": 25276514304, "none": None, "on": True}
    assert files.rounded(exact) == exact


@pytest.mark.parametrize(
    "processor, name",
    [
        ("AMD EPYC", "2-core-epyc"),
        ("AMD EPYC 7B13 64-Core Processor", "2-core-epyc"),
        ("Intel(R) Xeon(R) Platinum 8370C CPU @ 2.80GHz", "2-core-xeon-platinum"),
        ("aarch64", "2-core-aarch64"),
        ("", "2-core"),
    ],
)
def test_machines_have_short_names(processor: str, name: str) -> None:
    assert files.machine_name({"cpus": 2, "processor": processor}) == name


def test_a_variant_is_part_of_the_name() -> None:
    assert files.variant({"benchmark": "realtime", "plan": {"kafka": True}}) == "realtime-kafka"
    ysb = {"benchmark": "ysb", "settings": {"layout": "cluster", "options": {"kafka": True}}}
    assert files.variant(ysb) == "ysb-cluster-kafka"
    assert files.variant({"benchmark": "share", "plan": {}}) == "share"


@pytest.mark.parametrize(
    "plan, name",
    [
        ({"layout": "local", "master": "local[2]"}, "share"),
        ({"layout": "cluster", "master": ""}, "share-cluster"),
        ({"layout": "given", "master": "local[4]"}, "share-local-4"),
        ({"layout": "given", "master": "spark://a-host:7077"}, "share-spark"),
        ({"layout": "given", "master": "k8s://https://a-host:443"}, "share-k8s"),
        # Written before there were layouts, or of a benchmark without.
        ({"master": "local[2]"}, "share"),
        ({"master": "local-cluster[2,1,1024]"}, "share-local-cluster-2-1-1024"),
        ({}, "share"),
    ],
)
def test_results_of_two_layouts_have_two_places(plan: dict[str, Any], name: str) -> None:
    assert files.variant({"benchmark": "share", "plan": plan}) == name


def test_two_layouts_of_a_benchmark_are_told_apart(clone: Path, tmp_path: Path) -> None:
    layouts: list[dict[str, Any]] = [
        {"layout": "local"},
        {"layout": "cluster", "driver_processors": (0,), "worker_processors": (1,)},
    ]
    results: list[tuple[str, Any]] = [("share", SHARE), ("realtime", REALTIME)]
    found = []
    for name, result in results:
        for where in layouts:
            plan = dataclasses.replace(result.plan, **where)
            found.append(as_json(name, dataclasses.replace(result, plan=plan)))
    for layout in ("local", "cluster"):
        sweep_report.write(tmp_path / "sweep.json", sweep(layout))
        found.append(json.loads((tmp_path / "sweep.json").read_text()))
    add(clone, *found)
    places = {kept.name for kept in files.kept(clone)}
    assert places == {f"{n}{w}" for n in ("share", "realtime", "sweep") for w in ("", "-cluster")}
    text = (clone / page.PAGE).read_text()
    for line in ("a shared session ({}, order=fair): short", "queries (in memory, {}): p50"):
        assert all(line.format(where) in text for where in ("local", "cluster"))
    bars = [line for line in text.splitlines() if line.startswith("| [sweep-cluster]")]
    assert any("Neptune, LMA: p99 at least 5 x lower than fifo" in bar for bar in bars)
    assert any("p50 at most 1.05 x the stream alone" in b and " 1.05 at 50% " in b for b in bars)


@pytest.mark.parametrize(
    "result, problem",
    [
        ({"machine": {}, "benchmark": "other"}, "There is no benchmark 'other'"),
        ({"machine": {}, "benchmark": "share"}, "This result of share was written by another"),
    ],
)
def test_what_cannot_be_shown_is_one_sentence(result: dict[str, Any], problem: str) -> None:
    with pytest.raises(program.program.BenchmarkError, match=problem):
        program.shown(result)
