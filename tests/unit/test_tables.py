"""What a notebook shows of the scheduler's answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from xml.etree import ElementTree

from neptune_spark import DecisionView, Latency, MemoryView, Placement, TaskView, Victim, WorkerView
from neptune_spark._tables import ROWS_SHOWN, Rows, figures_html, rows_html
from neptune_spark._views import ExecutorView, statistics_view
from tests.unit.scheduler_rows import LEVEL, STATISTICS

TASK = TaskView(
    task_id=7,
    stage_id=1,
    stage_attempt=0,
    job_id=None,
    partition=2,
    executor_id="1",
    priority=-10,
    state="suspended",
    times_suspended=3,
    suspended_s=0.0125,
    suspendable=True,
    manual=False,
    bound_used=0.25,
    work_kept_core_s=1.5,
)
DECISION = DecisionView(
    time=1.5,
    policy="lb",
    priority=11,
    pending_tasks=2,
    stage_ids=(4, 5),
    victims=(Victim(7, "1", "<b>largest</b> & last"), Victim(8, "2")),
    placements=(Placement(0, "1", 2),),
    fallback=None,
    target=None,
)


def cells(html: str) -> list[list[str]]:
    """The texts of a table, its head included, as a browser would have them."""
    root = ElementTree.fromstring(f"<div>{html}</div>")
    return [["\n".join(cell.itertext()) for cell in row] for row in root.iter("tr")]


@dataclass(frozen=True)
class Named:
    """A view with what is said in other ways elsewhere."""

    way: Latency
    lent_core_s: float
    by_reason: dict[str, int]


def test_a_task_is_a_row_with_units_and_names_of_levels() -> None:
    titles, row = cells(rows_html([TASK]))
    shown = dict(zip(titles, row))
    assert shown["task id"] == "7"
    assert shown["job id"] == ""
    assert shown["priority"] == "low (-10)"
    assert shown["suspended"] == "12.5 ms"
    assert (shown["suspendable"], shown["manual"]) == ("yes", "no")


def test_what_a_policy_says_is_text() -> None:
    titles, row = cells(rows_html([DECISION]))
    shown = dict(zip(titles, row))
    assert shown["victims"] == "task 7 on executor 1: <b>largest</b> & last\ntask 8 on executor 2"
    assert shown["placements"] == "group 0, executor id 1, count 2"
    assert shown["stage ids"] == "4; 5"
    assert shown["priority"] == "11"
    assert shown["fallback"] == ""


def test_an_executor_tells_its_memory_and_its_workers() -> None:
    memory = MemoryView(0.25, 0.011, 2048.0, 3 * 1024**2, 0, 1024, 2048, {"JVMHeapMemory": 5})
    workers = (WorkerView(12, None, 1536, 0.5, 1), WorkerView(13, 7, 5 * 1024**3, 100.0, 2))
    executor = ExecutorView("1", "host", 2.0, 1, 1, True, memory, workers)
    titles, row = cells(rows_html([executor]))
    shown = dict(zip(titles, row))
    assert shown["memory"] == (
        "heap 25%, gc 1%, spill 2 KiB/s, python 3 MiB, suspended 0 bytes, held 1 KiB, managed 2 KiB"
    )
    assert shown["python workers"] == (
        "pid 12, rss 1.5 KiB, cpu 500 ms, processes 1; "
        "pid 13, task id 7, rss 5 GiB, cpu 100 s, processes 2"
    )
    assert dict(zip(*cells(rows_html([replace(executor, memory=None)]))))["memory"] == ""


def test_figures_are_a_row_each() -> None:
    latency = Latency(1234, 0.0005, 0.25, 61.0)
    assert cells(figures_html(latency)) == [
        ["count", "1234"],
        ["p50", "0.5 ms"],
        ["p99", "250 ms"],
        ["max", "61 s"],
    ]
    titles, row = cells(
        rows_html([Named(Latency(0, 0.0, 0.0, 0.0), 1234.5, {"core": 5, "rescue": 0})])
    )
    assert dict(zip(titles, row)) == {
        "way": "none",
        "lent": "1,234.50 core s",
        "by reason": "core 5, rescue 0",
    }


def test_a_notebook_shows_some_of_many_rows_and_has_all() -> None:
    rows = Rows(replace(TASK, task_id=number) for number in range(ROWS_SHOWN + 1200))
    assert len(cells(rows._repr_html_())) == ROWS_SHOWN + 1
    assert "and 1,200 more" in rows._repr_html_()
    assert len(rows) == ROWS_SHOWN + 1200


def test_figures_have_a_table_of_the_levels_that_have_tasks() -> None:
    low = {**LEVEL, "tasks_running": 0, "tasks_suspended": 0}
    levels = [
        {**low, "priority": priority, "tasks_pending": int(priority in (-10, 3))}
        for priority in range(50, -50, -1)
    ]
    html = statistics_view({**STATISTICS, "levels": levels})._repr_html_()
    (inner,) = ElementTree.fromstring(f"<div>{html}</div>").findall("table/tbody/tr/td/table")
    titles, *rows = cells(ElementTree.tostring(inner, encoding="unicode"))
    shown = [dict(zip(titles, row)) for row in rows]
    assert [row["priority"] for row in shown] == [*map(str, range(50, 42, -1)), "3", "low (-10)"]
    assert [row["tasks pending"] for row in shown] == ["0"] * 8 + ["1", "1"]
    assert "and 90 more" in html


def test_no_rows() -> None:
    assert "none" in Rows[TaskView]()._repr_html_()
    assert Rows[TaskView]() == []
