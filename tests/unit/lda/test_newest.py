"""The newest model, from whoever trains to whoever scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from neptune_bench.lda import newest
from neptune_bench.lda.newest import Newest, Published
from neptune_bench.lda.workload import WORKLOAD
from neptune_bench.unified.schedulers import SCHEDULERS
from neptune_bench.unified.workload import Application


def test_a_run_begins_with_the_first_model_and_takes_each_new_one(tmp_path: Path) -> None:
    no_spark: Any = None
    plan, split = WORKLOAD.plan(quick=True), SCHEDULERS["split"]
    application = Application(no_spark, plan, split, tmp_path, tmp_path)
    newest.write(newest.first(tmp_path), Published(newest.FIRST, np.zeros((1, 2))))
    # What the run before has left.
    newest.write(newest.place(application), Published("old", np.ones((1, 2))))
    models = Newest(application)
    assert models.get().version == newest.FIRST
    for version in ("round 1", "round 2"):
        newest.write(newest.place(application), Published(version, np.full((1, 2), 3.0)))
        found = models.get()
        assert found.version == version
        assert np.array_equal(found.lambda_, [[3.0, 3.0]])
        assert models.get() is found
    other = Application(no_spark, plan, SCHEDULERS["fifo"], tmp_path, tmp_path)
    assert Newest(other).get().version == newest.FIRST
