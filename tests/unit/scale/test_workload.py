"""The plan of the simulations, and the workloads made from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from neptune_bench.scale import workload
from neptune_bench.scale.plan import QUICK, Plan
from neptune_bench.scale.workload import ANYWHERE, HIGH, LOW, NORMAL, Workload


@pytest.fixture
def jobs() -> Workload:
    return workload.mixed(QUICK, 7)


def test_a_plan_is_what_it_was_when_read_again(tmp_path: Path) -> None:
    Plan(seed=9).save(tmp_path / "plan.json")
    assert Plan.load(tmp_path / "plan.json") == Plan(seed=9)


def test_a_seed_makes_one_workload(jobs: Workload) -> None:
    assert workload.mixed(QUICK, 7) == jobs
    assert workload.mixed(QUICK, 8) != jobs


def test_batch_jobs_fill_all_cores_for_the_whole_time(jobs: Workload) -> None:
    batch = jobs.only(LOW).jobs
    work_us = sum(sum(stage.durations_us) for job in batch for stage in job.stages)
    cores_us = QUICK.executors * QUICK.cores * QUICK.duration_s * 1e6
    assert len(batch) == QUICK.batch_jobs
    assert 1.0 <= work_us / cores_us < 1.1
    assert {job.arrival_us for job in batch} == {0}


def test_stream_jobs_come_all_the_time_with_their_share_of_the_work() -> None:
    jobs = workload.mixed(Plan(), 7)
    stream = jobs.only(HIGH).jobs
    arrivals = [job.arrival_us for job in stream]
    assert arrivals == sorted(arrivals)
    assert arrivals[0] > 0 and arrivals[-1] < jobs.duration_us
    work_us = sum(sum(stage.durations_us) for job in stream for stage in job.stages)
    share = work_us / (jobs.executors * jobs.cores * jobs.duration_us)
    assert share == pytest.approx(Plan().stream_share, rel=0.15)
    assert {len(job.stages) for job in stream} == {1, 2, 3}


def test_some_stream_tasks_have_their_blocks_somewhere(jobs: Workload) -> None:
    cached = [c for job in jobs.only(HIGH).jobs for stage in job.stages for c in stage.cached_on]
    somewhere = [executor for executor in cached if executor != ANYWHERE]
    assert len(somewhere) / len(cached) == pytest.approx(QUICK.cached_share, abs=0.1)
    assert all(0 <= executor < QUICK.executors for executor in somewhere)


def test_ids_are_places_in_the_list(jobs: Workload) -> None:
    assert [job.id for job in jobs.jobs] == list(range(len(jobs.jobs)))
    assert sorted(jobs.ids(LOW) + jobs.ids(HIGH)) == list(range(len(jobs.jobs)))


def test_bursts_come_one_by_one_to_a_full_cluster() -> None:
    plan = Plan(decision_bursts=(8, 64), warm_decisions=1, decisions=2)
    jobs = workload.bursts(plan, 10)
    low, *high = jobs.jobs
    assert len(low.stages[0].durations_us) == 10 * plan.cores
    assert [len(job.stages[0].durations_us) for job in high] == [8, 8, 8], "64 are too many"
    arrivals = [job.arrival_us for job in high]
    assert arrivals == [workload.BURST_EVERY_US * n // 2 for n in (3, 5, 7)]


def test_users_fill_all_cores_with_long_jobs_and_send_short_ones() -> None:
    jobs = workload.users(QUICK)
    assert workload.users(QUICK) == jobs
    cores_us = QUICK.shared_executors * QUICK.cores * QUICK.users_s * 1e6
    shares = {"long": QUICK.long_share, "short": QUICK.short_share}
    for kind, share in shares.items():
        mine = jobs.of_users(kind).jobs
        work_us = sum(sum(stage.durations_us) for job in mine for stage in job.stages)
        assert work_us / cores_us == pytest.approx(share, rel=0.2)
        assert {job.priority for job in mine} == {NORMAL}
    pools = [job.pool for job in jobs.of_users("long").jobs]
    assert len(pools) == len(set(pools)) == QUICK.long_users_share * QUICK.parties
    assert [job.id for job in jobs.jobs] == list(range(len(jobs.jobs)))
