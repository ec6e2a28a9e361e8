"""The command line, and what comes from the driver processes."""

from __future__ import annotations

from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from neptune_bench.harness.program import BenchmarkError
from neptune_bench.mechanism import __main__ as program
from neptune_bench.mechanism import report, sessions, turns, workers
from neptune_bench.mechanism.figures import Distribution
from neptune_bench.mechanism.plan import JVM, NEPTUNE, QUICK, STOCK, Plan
from tests.unit.mechanism.made_up import result


def test_defaults_are_the_full_plan() -> None:
    options = program.COMMAND.parser().parse_args([])
    assert program.COMMAND.plan_of(options) == Plan()
    assert options.out == Path("bench/mechanism")


def test_quick_is_smaller_and_still_obeys_the_seed() -> None:
    plan = program.COMMAND.plan_of(program.COMMAND.parser().parse_args(["--quick", "--seed", "3"]))
    assert plan.seed == 3
    assert plan.suspensions == QUICK.suspensions < Plan().suspensions


def test_scale_and_repeat_change_the_sizes_of_either_plan() -> None:
    words = ["--scale", "0.5", "--repeat", "2", "--master", "local[4]"]
    for more, base in ((["--quick"], QUICK), ([], Plan())):
        plan = program.COMMAND.plan_of(program.COMMAND.parser().parse_args([*more, *words]))
        assert (plan.rows, plan.elements) == (base.rows // 2, base.elements // 2)
        assert (plan.pairs, plan.rounds) == (2, 6)
        assert (plan.master, plan.lines) == ("local[4]", base.lines)


def test_the_results_are_written_where_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    made_up = result()
    monkeypatch.setattr(program, "measure", lambda plan: made_up)
    assert program.main(["--out", str(tmp_path / "new" / "place")]) == 0
    written = {path.name for path in (tmp_path / "new" / "place").iterdir()}
    assert written == {"mechanism.png", "result.json", "table.md"}
    assert report.rendered(made_up) in capsys.readouterr().out


def test_a_failure_is_one_sentence_and_a_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fail(*_: object) -> None:
        raise BenchmarkError("It rained.")

    monkeypatch.setattr(workers, "calibration", fail)
    assert program.main(["--quick", "--out", str(tmp_path)]) == 1
    assert "mechanism: It rained." in capsys.readouterr().err


def test_moments_come_from_the_seed_and_cover_a_record() -> None:
    one, again, other = (workers.moments(seed, 10_000) for seed in ("1", "1", "2"))
    drawn = [next(one) for _ in range(100)]
    assert drawn == [next(again) for _ in range(100)]
    assert drawn != [next(other) for _ in range(100)]
    assert min(drawn) < 0.002 and 0.018 < max(drawn) < 0.02


def process(seconds: float, answer: int = 1) -> dict[str, Any]:
    return {"seconds": {"rdd": [seconds, 5 * seconds, seconds]}, "answers": {"rdd": answer}}


def test_pairs_are_of_turns_and_answers_are_compared() -> None:
    pair = {STOCK: process(1.0), NEPTUNE: process(2.0)}
    assert sessions.seconds_of(pair, "rdd") == (1.0, 2.0)
    # In the second turn something disturbed both, which two medians would not tell.
    disturbed = {"seconds": {"rdd": [2.0, 10.0, 3.0]}, "answers": {"rdd": 1}}
    assert sessions.seconds_of({STOCK: process(1.0), NEPTUNE: disturbed}, "rdd") == (1.0, 2.0)
    sessions.check([pair, pair])
    with pytest.raises(BenchmarkError, match="job rdd gave 1 on stock Spark, 7 on neptune"):
        sessions.check([pair, {**pair, NEPTUNE: process(1.0, answer=7)}])


class Bench:
    """Answers for the driver processes."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.began: list[str] = []
        self.places: set[str] = set()

    def drive_together(
        self, title: str, module: str, words: dict[str, tuple[str, ...]]
    ) -> dict[str, dict[str, Any]]:
        assert module == "mechanism.session"
        for name, (data, side, taken, _) in words.items():
            assert (data, side) == (str(self.directory), name)
            assert sorted(path.name for path in Path(taken).iterdir()) == sorted(words)
            self.places.add(taken)
        self.began.append(words[STOCK][3])
        return {
            side: {**process(1.0 if side == STOCK else 1.5), "versions": {"spark": "4"}}
            for side in words
        }


def test_the_sides_of_each_pair_take_turns_of_their_own(tmp_path: Path) -> None:
    bench: Any = Bench(tmp_path)
    (cost,), versions = sessions.costs(Plan(pairs=3), bench)
    assert bench.began == [STOCK, NEPTUNE, STOCK] and len(bench.places) == 3
    assert (cost.name, cost.ratio.ratio, len(cost.pairs)) == ("rdd", 1.5, 3)
    assert versions == {"spark": "4"}


@pytest.mark.parametrize("begins", [STOCK, NEPTUNE])
def test_turns_alternate(tmp_path: Path, begins: str) -> None:
    sides = (STOCK, NEPTUNE)
    place = tmp_path / "turns"
    turns.lay_out(place, sides)
    took: list[str] = []

    def run(side: str, other: str) -> None:
        with turns.taking(place, side, other, side == begins) as ours:
            for _ in range(50):
                with ours.turn():
                    took.append(side)

    threads = [Thread(target=run, args=pair) for pair in (sides, sides[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert took == [begins, sides[begins == STOCK]] * 50


def test_the_latency_of_a_jvm_task_is_the_schedulers() -> None:
    times = {"count": 3, "p50": 0.1, "p99": 0.2, "max": 0.3}
    row = {"variant": JVM, "size_us": 10, "suspend_latency_ms": times, "resume_latency_ms": times}
    found = sessions.jvm_latency(row)
    assert found.suspend_ms == Distribution(3, 0.1, 0.2, 0.3)
    assert (found.variant, found.size_us, found.moved) == (JVM, 10, None)
