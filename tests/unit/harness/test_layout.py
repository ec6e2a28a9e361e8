"""Where every benchmark that has layouts runs, and what it says of that."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neptune_bench.harness import layout, processors
from neptune_bench.harness.layout import CLUSTER, GIVEN, LOCAL, Layout
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.realtime import __main__ as realtime
from neptune_bench.share import __main__ as share
from neptune_bench.sweep import __main__ as sweep

IN_CLUSTER = Layout(layout=CLUSTER, driver_processors=(0, 1), worker_processors=(2, 3, 4, 5))


def sweep_plan(*words: str) -> Any:
    options = sweep.parser().parse_args(words)
    del options.shares
    return sweep.COMMAND.plan_of(options)


def share_plan(*words: str) -> Any:
    return share.COMMAND.plan_of(share.COMMAND.parser().parse_args(words))


def realtime_plan(*words: str) -> Any:
    return realtime.COMMAND.plan_of(realtime.COMMAND.parser().parse_args(words))


@pytest.fixture(params=[sweep_plan, share_plan, realtime_plan], ids=lambda made: made.__name__)
def plan_of(request: pytest.FixtureRequest) -> Callable[..., Any]:
    made: Callable[..., Any] = request.param
    return made


@pytest.mark.parametrize(("usable", "want"), [({5}, LOCAL), ({2, 5}, CLUSTER)])
def test_the_layout_of_a_cluster_is_the_default_with_two_processors(
    plan_of: Callable[..., Any], usable: set[int], want: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processors, "usable", lambda: usable)
    plan = plan_of()
    assert plan.layout == want == plan_of("--quick").layout
    assert plan_of("--layout", "local").master == "local[2]"
    given = plan_of("--master", "local[3]")
    assert (given.layout, given.master) == (GIVEN, "local[3]")
    if want == CLUSTER:
        assert (plan.master, plan.driver_processors, plan.worker_processors) == ("", (2,), (5,))
    else:
        with pytest.raises(BenchmarkError, match=r"may use 1: use --layout local\.$"):
            plan_of("--layout", "cluster")


def test_a_layout_and_a_master_contradict(
    plan_of: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        plan_of("--layout", "cluster", "--master", "local[2]")
    said = capsys.readouterr().err
    assert said.endswith("argument --master: not allowed with argument --layout\n")


def test_a_session_has_the_cores_of_its_layout() -> None:
    found = layout.settings(dataclasses.replace(IN_CLUSTER, master="spark://127.0.0.1:7077"))
    assert found["spark.master"] == "spark://127.0.0.1:7077"
    assert found["spark.cores.max"] == found["spark.default.parallelism"] == "4"
    assert layout.settings(Layout(master="local[2]")) == {"spark.master": "local[2]"}


def test_real_time_queries_have_a_core_for_each_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processors, "usable", lambda: {0, 1})
    assert share_plan().worker_cores == 1
    for words, cores in (([], 2), (["--queries", "3"], 3), (["--counts"], 2)):
        assert realtime_plan(*words).worker_cores == cores
    monkeypatch.setattr(processors, "usable", lambda: set(range(8)))
    assert realtime_plan("--queries", "3").worker_cores == 6


def test_it_is_said_who_has_which_processors() -> None:
    assert layout.described(IN_CLUSTER, 4) == (
        "Cluster layout: standalone master, driver and load on processors 0-1, a worker with "
        "4 cores on processors 2-5"
    )
    said = layout.described(IN_CLUSTER, 1, ["the Kafka broker", "Redis"])
    assert "master, driver, load, the Kafka broker and Redis on processors 0-1, a worker" in said
    assert "with 1 core on" in said
    local = layout.described(Layout(master="local[2]"), 2, ["Redis"])
    assert local == "Local layout: driver, tasks and Redis on the same processors, local[2]"
    assert layout.described(Layout(layout=GIVEN, master="yarn"), 7) == "yarn, 7 cores"
    assert layout.placed(IN_CLUSTER) and not layout.placed(Layout())


def test_a_physical_core_of_both_sides_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for of_core, told in ((lambda p: p, False), (lambda p: p // 4, True)):
        monkeypatch.setattr(
            processors, "physical_cores", lambda found, f=of_core: {p: str(f(p)) for p in found}
        )
        assert bool(layout.remarks(layout.facts(IN_CLUSTER))) == told
    assert layout.facts(Layout()) == {} and layout.remarks({}) == []


def test_nothing_is_started_without_a_cluster(tmp_path: Path) -> None:
    before = processors.usable()
    with layout.laid_out(dataclasses.replace(Layout(), layout=GIVEN), tmp_path) as (changed, check):
        check()
        assert changed == {} and processors.usable() == before
