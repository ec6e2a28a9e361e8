"""Figures from measurements, the tables, and what is written down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neptune_bench.harness import results
from neptune_bench.mechanism import report
from neptune_bench.mechanism.figures import Distribution, cost, distribution
from neptune_bench.mechanism.plan import QUICK, Plan, size_name
from tests.unit.mechanism.made_up import result


def test_a_distribution() -> None:
    assert distribution([float(x) for x in range(200, 0, -1)]) == Distribution(200, 100, 198, 200)
    assert distribution([0.5]) == Distribution(1, 0.5, 0.5, 0.5)


def test_a_cost_is_the_median_ratio_of_its_pairs_with_their_range() -> None:
    found = cost("gate", 10, [(1.0, 1.1), (2.0, 1.8), (4.0, 4.0)])
    assert (found.base_s, found.seconds) == (2.0, 1.8)
    assert (found.ratio.ratio, found.ratio.least, found.ratio.greatest) == (1.0, 0.9, 1.1)
    assert found.ratio.mean == pytest.approx((0.9 * 1.0 * 1.1) ** (1 / 3))
    assert found.ratio.interval is not None
    assert found.ratio.interval.low < 0.8 and found.ratio.interval.high > 1.2
    assert found.pairs == [(1.0, 1.1), (2.0, 1.8), (4.0, 4.0)]


def test_sizes_as_people_read_them() -> None:
    assert [size_name(size) for size in (0, 10, 1000, 10_000)] == [
        *("trivial", "10 us", "1 ms", "10 ms")
    ]


@pytest.mark.parametrize("plan", [Plan(), QUICK])
def test_a_plan_is_saved_and_loaded(plan: Plan, tmp_path: Path) -> None:
    plan.save(tmp_path / "plan.json")
    assert Plan.load(tmp_path / "plan.json") == plan


def test_the_tables_have_a_row_for_everything() -> None:
    made_up = result()
    lines = report.rendered(made_up).splitlines()
    # A title and three captions, and below each of these a heading and a rule.
    rows = len(made_up.latencies) + len(made_up.worker_costs) // 2 + len(made_up.job_costs)
    assert len([text for text in lines if text]) == rows + 1 + 3 * 3
    (row,) = [text for text in lines if text.startswith("| code, 10 us") and "batches" in text]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[-7:] == ["40.000", "120.000", "200.000", *cells[-4:-1], "300"]
    assert "| trivial |       10,000,000 | 1.010 (1.000 to 1.020) |" in "\n".join(lines)


def test_variants_stand_side_by_side() -> None:
    text = report.latency_table(result().latencies)
    rows = [row for row in text.splitlines() if row.startswith("| code, 10 us")]
    variants = list(report.VARIANTS.values())
    assert [next(v for v in reversed(variants) if v in row) for row in rows] == variants


def test_the_result_can_be_read_by_others(tmp_path: Path) -> None:
    results.write(tmp_path / "result.json", "mechanism", result())
    found = json.loads((tmp_path / "result.json").read_text())
    assert found["benchmark"] == "mechanism"
    assert found["plan"]["seed"] == Plan().seed
    assert set(found) >= {"machine", "versions", "load_before", "phases_s"}
    assert found["latencies"][0]["suspend_ms"]["p50"] == 0.2
    ratio = {"ratio": 1.002, "least": 1.002, "greatest": 1.002, "mean": 1.002, "interval": None}
    assert found["job_costs"][0]["ratio"] == ratio
