"""Neptune on YARN with all that Spark has to secure an application."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clusters.driving import Driving, in_both_modes
from tests.integration import securing
from tests.integration.securing import APPLICATION, CRYPTO, FILES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.beyond_ci,
    pytest.mark.since_spark("4.0", "TLS for its RPC"),
]

APP = Path(__file__).parents[1] / "integration" / "apps" / "encrypted.py"


@in_both_modes(("yarn", "cluster"), beds=["yarn"])
def test_a_high_job_bypasses_low_tasks(driving: Driving, tmp_path: Path) -> None:
    # The secret is YARN's to make.
    secured = {**CRYPTO, **FILES, **securing.tls(tmp_path)}
    settings = {**APPLICATION, **secured, **securing.for_executors(secured)}
    answers = driving.answers(APP, tmp_path, driving.bed.directory, settings=settings)
    securing.check(answers, secured)
