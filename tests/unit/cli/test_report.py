"""`neptune-spark report`: what the page says of a log."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from neptune_spark import cli
from neptune_spark._report import figures
from neptune_spark._report.application import DECISIONS_KEPT, Application, read
from neptune_spark._report.elements import LETTERS_SHOWN, ROWS_UNFOLDED, colour
from neptune_spark._report.page import page
from neptune_spark._report.timeline import BARS_AT_MOST
from tests.unit.cli import made_log
from tests.unit.cli.made_log import at, began, end, job, launch, over, suspensions

ROOT = Path(__file__).parents[3]
Capture = pytest.CaptureFixture[str]
VOID = ("meta", "br")


class Page(HTMLParser):
    """A page's texts: of its tables by the titles of their sections, and those of all elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.title = ""
        self.tables: dict[str, list[list[str]]] = {}
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == [], "elements are left open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "h2":
            self.title = ""
        if tag == "tr":
            self.tables.setdefault(self.title, []).append([])
        if tag in ("td", "th"):
            self.tables[self.title][-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "h2" in self.open:
            self.title += data
        if "td" in self.open or "th" in self.open:
            self.tables[self.title][-1][-1] += data
        if "style" not in self.open:
            self.texts.append(data)


def of_log(events: list[made_log.Event]) -> tuple[Application, Page]:
    app = read(events)
    return app, Page(page(app))


@pytest.fixture(scope="module")
def shown() -> Page:
    return of_log(made_log.whole())[1]


def test_who_was_suspended_for_whom(shown: Page) -> None:
    """The micro-batches are one stream; the longest comes first."""
    _, *rows = shown.tables["Who was suspended for whom"]
    job = "job 0: train <all> models low (-10)"
    assert rows == [
        [job, "stream clicks (2 jobs) high (10)", "3", "6 s", "", "34.00 core s"],
        [job, "by hand", "1", "3 s", "", "0.50 core s"],
    ]


def test_latencies_by_level(shown: Page) -> None:
    _, *rows = shown.tables["How long stages waited for their first task"]
    assert rows == [
        ["high (10)", "2", "750 ms", "", "750 ms", "750 ms", "0", "0 s"],
        ["low (-10)", "1", "500 ms", "", "500 ms", "500 ms", "4", "9 s"],
    ]


def test_jobs_and_stages(shown: Page) -> None:
    _, first, second, _, *stages = shown.tables["Jobs and stages"]
    assert first == ["job 0: train <all> models", "low (-10)", "4", "9 s", "34.50 core s", "0"]
    assert second == ["stream clicks (2 jobs)", "high (10)", "0", "0 s", "0.00 core s", "3"]
    assert [row[0] for row in stages] == [
        "stage 0: collect at job0.py:1 (job 0)",
        "stage 2: collect at job2.py:1 (job 2)",
        "stage 1: collect at job1.py:1 (job 1)",
    ]


def test_why_it_ended_what_was_decided_and_the_settings(shown: Page) -> None:
    assert ["its core was free again", "3"] in shown.tables["Why suspensions ended"]
    assert [row[1] for row in shown.tables["Why suspensions ended"]] == ["times", "3", "1"]
    _, last, first = shown.tables["Decisions"]
    assert last[1:] == [
        "lb",
        "1 task at high (10), of stage 2",
        f"task 1 on 1: {made_log.REASON}",
    ]
    assert first[2] == "1 task at high (10), of stage 1"
    assert any("2 decisions, latest first. 5 more were made." in t for t in shown.texts)
    assert ["spark.neptune.policy", "lb"] in shown.tables["Settings in force"]


def test_what_a_streams_target_has_decided_is_told_in_its_own_words() -> None:
    sentence = "stream clicks: The last batch took 90 ms, within the target of 500 ms: 3 cores."
    told = {**made_log.decision(1, 0, 0), "victims": 0, "target": sentence}
    told.update(stageId=[], taskId=[], executorId=[], reason=[])
    log = [*made_log.started(), *job(0, 0, 0, "any"), made_log.summary(2, {}, decisions=[told])]
    _, shown = of_log(log)
    assert shown.tables["Decisions"][1][2:] == ["a stream at high (10)", sentence]


def test_users_texts_are_no_html_and_nothing_is_loaded(shown: Page) -> None:
    assert made_log.NAME in shown.texts
    names = {tag for tag, _ in shown.tags}
    assert not names & {"script", "link", "img", "iframe", "i>"}
    assert not any({"src", "href", "onload"} & set(attributes) for _, attributes in shown.tags)


def test_the_picture_has_the_suspended_times(shown: Page) -> None:
    titles = [t for t in shown.texts if t.startswith("task ") and "suspended" in t]
    assert sorted(titles) == [
        "task 0, stage 0, low (-10): suspended by hand, 3 s",
        "task 0, stage 0, low (-10): suspended for stage 1, 2 s",
        "task 0, stage 0, low (-10): suspended for stage 2, 2 s",
        "task 1, stage 0, low (-10): suspended for stage 2, 2 s",
    ]
    hatched = [a for tag, a in shown.tags if tag == "rect" and a.get("fill") == "url(#suspended)"]
    assert len(hatched) == 4
    # Whatever comes in one line is one after the other.
    assert "executor 1, 2 cores" in shown.texts


def test_a_task_that_ends_while_it_is_suspended() -> None:
    told = suspensions(13, [began(0, 10, 1, 7, 1)], [over(0, 11, 1, "end")])
    log = [*made_log.started(), *job(0, 0, 2, "a"), launch(0, 0, 3), end(0, 0, 11), told]
    app, _ = of_log(log)
    (span,) = app.spans
    assert (app.suspended_s(span), span.reason) == (1.0, "end")


def test_a_limit_has_no_job() -> None:
    told = suspensions(13, [{**began(0, 10, 1, 7), "manual": False}], [over(0, 12, 1)])
    told["suspended"]["forLimit"] = ["pool etl"]
    log = [*made_log.started(), *job(0, 0, 2, "a"), launch(0, 0, 3), told, end(0, 0, 14)]
    shown = of_log(log)[1]
    _, row = shown.tables["Who was suspended for whom"]
    assert row[:4] == ["job 0: a low (-10)", "limit of the pool etl", "1", "2 s"]
    assert "suspended by the limit of the pool etl, 2 s" in "".join(shown.texts)


def test_a_log_of_an_application_that_was_killed() -> None:
    """What was suspended at its end counts till then; of a task that ended, till that."""
    told = suspensions(13, [began(0, 10, 1, 7, 1), began(1, 12, 1, 9, 1)], [])
    tasks = [launch(0, 0, 3), launch(1, 0, 3)]
    log = [*made_log.started(), *job(0, 0, 2, "a"), *tasks, told, end(1, 0, 15)]
    app, shown = of_log(log)
    assert [app.suspended_s(span) for span in app.spans] == [5.0, 3.0]
    assert ["it was still suspended at the end of the log", "1"] in (
        shown.tables["Why suspensions ended"]
    )
    assert any("it is still running, or was killed" in text for text in shown.texts)


def test_a_log_with_an_event_for_each_suspension() -> None:
    """An earlier version says neither for whom nor what was kept; the latter can be told."""

    def single(kind: str, seconds: float, **more: Any) -> made_log.Event:
        fields = {"taskId": 0, "stageId": 0, "executorId": "1", "priority": -10, "manual": False}
        return {"Event": f"{made_log.OURS}Task{kind}", "time": at(seconds), **fields, **more}

    cores = {"Event": "SparkListenerEnvironmentUpdate", "Spark Properties": {"spark.task.cpus": 2}}
    log = [
        *made_log.started(),
        cores,
        *job(0, 0, 2, "a"),
        launch(0, 0, 3),
        single("Suspended", 5, times=1),
        single("Resumed", 6, reason="core", waitedFor=""),
        single("Suspended", 10, times=2),
        end(0, 0, 12),
    ]
    app, shown = of_log(log)
    assert app.is_of_neptune
    _, row = shown.tables["Who was suspended for whom"]
    assert row == ["job 0: a low (-10)", "not told", "2", "3 s", "", "12.00 core s"]
    assert [span.reason for span in app.spans] == ["core", "end"]


def test_a_stage_that_got_another_priority_has_each_in_its_time() -> None:
    log = [
        *made_log.started(),
        *job(0, 0, 2, "a"),
        launch(0, 0, 3),
        suspensions(6, [began(0, 5, 1, 2)], [over(0, 6, 1)]),
        made_log.summary(8, {0: -10}, stageAgoMs=[6000]),
        made_log.summary(12, {0: 10}, stageAgoMs=[4000]),
        end(0, 0, 13),
    ]
    app, shown = of_log(log)
    (_, first), change = app.levels_of(0)
    assert (first, change) == (-10, (at(8), 10))
    what = "task 0, stage 0, "
    titles = [text for text in shown.texts if text.startswith(what)]
    assert titles == [
        f"{what}low (-10)",
        f"{what}low (-10): suspended by hand, 1 s",
        f"{what}low (-10)",
        f"{what}high (10)",
    ]
    bars = [a for tag, a in shown.tags if tag == "rect" and "x" in a]
    assert len({bar["fill"] for bar in bars}) == 3
    # It waited, and was suspended, at the level that it had then.
    _, (level, stages, *_, suspensions_, _) = shown.tables[
        "How long stages waited for their first task"
    ]
    assert (level, stages, suspensions_) == ("low (-10)", "1", "1")


def test_long_texts_are_cut_and_many_jobs_are_folded() -> None:
    log = made_log.started()
    many = 50
    for number in range(many):
        told = [began(number, 5, 1, 1, 0)], [over(number, 6, 1)]
        description = f"{number} <b>{'x' * 1000}"
        log += [*job(number, number, 2, description), launch(number, number, 3)]
        log += [suspensions(7, [{**told[0][0], "stageId": number}], told[1])]
    _, shown = of_log(log)
    _, *rows = shown.tables["Jobs and stages"]
    assert rows[0][0].startswith("job 0: 0 <b>xxx") and rows[0][0].endswith("xxx…")
    assert max(len(row[0]) for row in rows) <= LETTERS_SHOWN
    assert f"job 0: 0 <b>{'x' * 1000}" in [a.get("title") for tag, a in shown.tags if tag == "span"]
    assert f"{many - ROWS_UNFOLDED} more" in shown.texts
    assert len([row for row in rows if row[0].startswith("job ")]) == many


def test_levels_have_colours_of_their_own_the_same_as_in_sparks_ui() -> None:
    some = [*range(-20, 21), 30, 50, 100, 1000]
    assert len({colour(priority) for priority in [None, *some]}) == len(some) + 1
    scripts = ROOT / "jvm-shim/src/main/resources/org/apache/spark/neptune/ui"
    script = (scripts / "marks.js").read_text(encoding="utf-8")
    for priority in (-10, 0, 10):
        assert f'"{priority}": "{colour(priority)}"' in script
    assert 'return "#9aa5b1"' in script and colour(None) == "#9aa5b1"
    assert "((priority * 163 + 100) % 360 + 360) % 360" in script
    assert "lightness = [32, 45, 60, 72]" in script and "Neptune.lightness[priority & 3]" in script
    assert [colour(p) for p in (1, -1, -3)] == [
        "hsl(263, 55%, 45%)",
        "hsl(297, 55%, 72%)",
        "hsl(331, 55%, 45%)",
    ]


def test_no_label_of_the_time_is_cut_off() -> None:
    log = [*made_log.started(), *job(0, 0, 2, "a"), launch(0, 0, 3), end(0, 0, 10)]
    log.append({"Event": "SparkListenerApplicationEnd", "Timestamp": at(10)})
    _, shown = of_log(log)
    labels = [(a["text-anchor"], float(str(a["x"]))) for tag, a in shown.tags if tag == "text"]
    times = [(anchor, x) for anchor, x in labels if x >= 130]
    assert [anchor for anchor, _ in times] == ["middle"] * (len(times) - 1) + ["end"]
    assert any("more lines than cores" in text for text in shown.texts)


def test_short_tasks_are_drawn_together_by_what_most_of_their_time_is() -> None:
    """For the first half they run for most of the time, and are suspended for most of the other."""
    log = [*made_log.started(), *job(0, 0, 0, "many")]
    for task_id in range(10_000):
        seconds = task_id * 0.1
        ran_s = 0.08 if task_id < 5_000 else 0.02
        told = [began(task_id, seconds + ran_s, 1, ran_s, 0)], [over(task_id, seconds + 0.1, 1)]
        log += [launch(task_id, 0, seconds), suspensions(seconds + 0.1, *told)]
        log.append(end(task_id, 0, seconds + 0.1))
    _, shown = of_log(log)
    bars = [a for tag, a in shown.tags if tag == "rect" and "x" in a]
    (running, suspended) = bars
    assert suspended["fill"] == "url(#suspended)" != running["fill"]
    assert abs(float(str(running["width"])) - float(str(suspended["width"]))) < 5


def test_a_long_log_makes_a_page_of_bearable_length() -> None:
    log = [*made_log.started(), *job(0, 0, 0, "many")]
    count = 8_000
    for task_id in range(count):
        seconds = task_id * 0.1
        told = [began(task_id, seconds + 0.02, 1, 0.02, 0)], [over(task_id, seconds + 0.9, 1)]
        log += [launch(task_id, 0, seconds), suspensions(seconds + 1, *told)]
        log.append(end(task_id, 0, seconds + 1.5))
    log += [made_log.summary(802, {}, decisions=[made_log.decision(1, 0, i)]) for i in range(500)]
    app, shown = of_log(log)
    assert figures.total(app).suspensions == count
    assert len(app.decisions) == DECISIONS_KEPT
    assert app.decisions_left_out == 500 - DECISIONS_KEPT
    bars = [1 for tag, _ in shown.tags if tag == "rect"]
    assert 100 < len(bars) <= BARS_AT_MOST + 2
    assert len(page(app)) < 2_000_000


def test_the_command_writes_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    log = made_log.write(tmp_path / "app-1", made_log.whole())
    monkeypatch.chdir(tmp_path)
    assert cli.main(["report", log]) == 0
    assert capsys.readouterr().out == "neptune-app-1.html\n"
    written = (tmp_path / "neptune-app-1.html").read_text(encoding="utf-8")
    assert written == page(read(made_log.whole()))
    assert cli.main(["report", log, "-o", "there.html"]) == 0
    assert (tmp_path / "there.html").read_text(encoding="utf-8") == written
    capsys.readouterr()
    assert cli.main(["report", log, "-o", "-"]) == 0
    assert capsys.readouterr().out == written


def test_a_log_without_neptune(tmp_path: Path, capsys: Capture) -> None:
    log = made_log.write(tmp_path / "app-1", [*made_log.started(), *job(0, 0, 2, "a")])
    assert cli.main(["report", log]) == 1
    said = capsys.readouterr().err
    assert re.fullmatch(r"neptune-spark report: .* has no Neptune events: .*\n", said)


def test_a_place_where_no_page_can_be(tmp_path: Path, capsys: Capture) -> None:
    log = made_log.write(tmp_path / "app-1", made_log.whole())
    assert cli.main(["report", log, "-o", str(tmp_path / "none" / "page.html")]) == 1
    assert "name another place with -o" in capsys.readouterr().err
