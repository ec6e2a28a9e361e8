"""The program: stream and batch in one application, under three schedulers."""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import sys
import tempfile
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path

from neptune_bench.demo import check, events, report, runner
from neptune_bench.demo.plan import SCHEDULERS, DemoError, Plan
from neptune_bench.demo.queries import TABLES
from neptune_bench.harness import program, results, tpch
from neptune_bench.harness.progress import Progress

QUICK = Plan(
    scale=0.02,
    parts=2,
    duration_s=4.0,
    lead_s=0.5,
    interval_s=0.25,
    events_per_file=100,
    warm_files=3,
    queries=("q1", "q3"),
    rounds=1,
    samples_per_task=50_000,
)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    full = Plan()
    made = argparse.ArgumentParser(prog="neptune-spark demo", description=__doc__)
    made.add_argument("--out", type=Path, default=Path("demo"), help="directory of the results")
    made.add_argument("--master", default=full.master, help="Spark master (%(default)s)")
    made.add_argument("--scale", type=program.positive, help=f"TPC-H scale factor ({full.scale:g})")
    made.add_argument(
        "--duration",
        type=program.positive,
        help=f"seconds of stream in each run ({full.duration_s:g})",
    )
    made.add_argument("--seed", type=int, default=full.seed, help="of events and training data")
    made.add_argument(
        "--schedulers",
        type=schedulers,
        default=SCHEDULERS,
        help=f"which runs to make, in this order ({','.join(SCHEDULERS)})",
    )
    made.add_argument("--quick", action="store_true", help="small sizes, for a quick look")
    return made


def schedulers(text: str) -> tuple[str, ...]:
    """Return the schedulers that a comma-separated list names."""
    return program.chosen(text, "scheduler", SCHEDULERS)


def plan_of(options: argparse.Namespace) -> Plan:
    """Return the sizes and times that the command line asks for."""
    base = QUICK if options.quick else Plan()
    asked = {"scale": options.scale, "duration_s": options.duration}
    given = {name: value for name, value in asked.items() if value is not None}
    return dataclasses.replace(base, master=options.master, seed=options.seed, **given)


def demo(plan: Plan, names: Sequence[str], out: Path) -> None:
    """Make all runs, check their answers, and write table, pictures and result.json.

    Args:
        plan: sizes and times.
        names: schedulers to run, in this order.
        out: directory of the results; made if need be.

    Raises:
        BenchmarkError: if a package that is needed is missing, a run fails, or an answer is wrong.
    """
    plots = results.pictures("demo")
    if "neptune" in names and importlib.util.find_spec("neptune_spark") is None:
        raise DemoError(
            f"The neptune run needs neptune-spark installed for {sys.executable}; "
            "leave it out with --schedulers alone,fifo,fair."
        )
    out.mkdir(parents=True, exist_ok=True)
    progress = Progress()
    seconds: dict[str, float] = {}
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="demo-tpch-") as tables:
        progress.start(f"TPC-H data, scale {plan.scale:g}")
        tpch.generate(plan.scale, plan.parts, TABLES, Path(tables))
        progress.finish()
        seconds["generate"] = time.monotonic() - began
        runs = []
        for name in names:
            progress.start(report.NAMES[name])
            runs.append(runner.run(name, plan, Path(tables), progress.update))
            progress.finish()
            seconds[name] = runs[-1].seconds
    checked(plan, runs)
    outcomes = [report.outcome(run) for run in runs]
    print(f"\n{report.rendered(report.table(outcomes))}\n\n{textwrap.fill(report.CAPTION, 100)}\n")
    print("All runs gave the same answers, and the stream's are those of plain Python.")
    seconds["total"] = time.monotonic() - began
    report.write(out / "result.json", plan, outcomes, seconds)
    plots.latency(outcomes, plan.lead_s, out / "latency.png")
    plots.timelines(outcomes, plan.lead_s, out / "timeline.png")
    files = ", ".join(str(out / name) for name in ("latency.png", "timeline.png", "result.json"))
    print(f"Written after {time.monotonic() - began:.0f} s: {files}")


def checked(plan: Plan, runs: Sequence[runner.Run]) -> None:
    """Raise DemoError unless all answers are equal and the stream's are right."""
    files = plan.warm_files + plan.measured_files
    want = events.expected(plan.seed, files, plan.events_per_file)
    for run in runs:
        check.check_stream(run.scheduler, run.answer["stream_answer"], want)
    with_batch = [run for run in runs if run.answer["batch_begin"] is not None]
    check.check_batch({run.scheduler: run.answer["batch_answers"] for run in with_batch})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo as the command-line `arguments` say; return the exit status."""
    options = parser().parse_args(arguments)
    return program.run("demo", lambda: demo(plan_of(options), options.schedulers, options.out))


if __name__ == "__main__":
    sys.exit(main())
