"""The README's picture: what each event of a stream waits, alone and under each scheduler."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib
from matplotlib.figure import Figure

from neptune_bench.demo.latency import counted
from neptune_bench.harness.figures import percentile
from neptune_bench.harness.pictures import plain_log
from neptune_bench.results.files import Kept
from neptune_bench.unified.schedulers import SCHEDULERS

SHOWN: Final = {"alone": "stream alone", "fifo": "Spark FIFO", "fair": "Spark FAIR"}
NEPTUNE: Final = ("neptune", "neptune-lma", "neptune-lb")
SOURCES: Final = ("demo", "ysb", "tpch", "lda")
"""The benchmarks that it can show, the best first."""
SPREAD: Final = 0.28
"""How far a point may lie above or below its row's middle."""


def source(found: Sequence[Kept]) -> Kept | None:
    """Return the result that the picture shows; None if there is none that it can."""
    able = [kept for kept in found if kept.result["benchmark"] in SOURCES]
    return min(able, key=lambda kept: SOURCES.index(kept.result["benchmark"]), default=None)


def latencies_ms(result: Mapping[str, Any]) -> dict[str, list[float]]:
    """Return the latencies under each scheduler that a result has, as the picture names them."""
    found: dict[str, list[float]] = {}
    if result["benchmark"] == "demo":
        for name, run in result["runs"].items():
            found[name] = [1000 * sample.latency_s for sample in counted(run)]
    else:
        for run in result["runs"]:
            found.setdefault(run["scheduler"], []).extend(ms for _, ms in run["samples"])
    here = next((name for name in NEPTUNE if found.get(name)), "")
    titles = {**SHOWN, here: "Neptune"}
    return {title: found[name] for name, title in titles.items() if found.get(name)}


def digest(kept: Kept) -> str:
    """Return what the picture says of where it comes from, by which a stale one is known."""
    values = json.dumps(latencies_ms(kept.result)).encode()
    return f"{kept.place}, {hashlib.sha256(values).hexdigest()[:16]}"


def draw(kept: Kept, path: Path) -> None:
    """Draw a result's picture as an SVG, the same for the same result."""
    rows = latencies_ms(kept.result)
    chance = random.Random(7)
    fixed: dict[Any, Any] = {
        "svg.hashsalt": "neptune",
        "axes.unicode_minus": False,
        "font.size": 11,
    }
    with matplotlib.rc_context(fixed):
        # White, and so readable on a dark page, too.
        figure = Figure(figsize=(8, 0.9 + 0.55 * len(rows)), layout="constrained")
        axes = figure.subplots()
        for place, (title, values) in enumerate(rows.items()):
            heights = [place + chance.uniform(-SPREAD, SPREAD) for _ in values]
            colour = _colour(title)
            axes.plot(values, heights, ".", color=colour, alpha=0.45, markersize=5, mew=0)
            p50, p99 = (percentile(values, q) for q in (50, 99))
            axes.vlines([p50, p99], place - 0.36, place + 0.36, color=colour, linewidth=2)
            said = f"p50 {_duration(p50)}, p99 {_duration(p99)}"
            axes.text(1.02, place, said, transform=axes.get_yaxis_transform(), va="center")
        axes.set_yticks(range(len(rows)), list(rows))
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xscale("log")
        plain_log(axes.xaxis)
        axes.set_xlabel("latency of the stream's events, ms (log scale); bars: p50 and p99")
        axes.grid(True, axis="x", alpha=0.3)
        axes.tick_params(axis="y", length=0)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        metadata: Any = {"Date": None, "Description": digest(kept)}
        figure.savefig(path, metadata=metadata)


def _colour(title: str) -> str:
    by_title = {name: key for key, name in SHOWN.items()}
    return SCHEDULERS[by_title.get(title, "neptune-lma")].colour


def _duration(ms: float) -> str:
    return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:.1f} s"
