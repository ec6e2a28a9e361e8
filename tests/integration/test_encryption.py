"""Neptune on a Spark that authenticates and encrypts, as the user has set that up."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.conftest import RunProgram
from tests.integration import securing
from tests.integration.jobs import QUICK_EXECUTORS
from tests.integration.plain_answers import answers_in
from tests.integration.securing import AUTHENTICATION, CRYPTO, FILES, SASL, SECRET, tls
from tests.integration.standalone import standalone

pytestmark = pytest.mark.slow

APPS = Path(__file__).parent / "apps"
ROOT = Path(__file__).parents[2]
SUBMIT = [sys.executable, "-m", "neptune_spark.cli", "submit"]


@pytest.mark.parametrize(
    ("settings", "with_tls"),
    [
        pytest.param(AUTHENTICATION, False, id="authentication", marks=pytest.mark.beyond_ci),
        pytest.param(SASL, False, id="sasl", marks=pytest.mark.beyond_ci),
        pytest.param(CRYPTO, False, id="crypto", marks=pytest.mark.beyond_ci),
        pytest.param(FILES, False, id="files", marks=pytest.mark.beyond_ci),
        pytest.param({**CRYPTO, **FILES}, False, id="crypto-and-files"),
        pytest.param(
            AUTHENTICATION,
            True,
            id="tls",
            marks=[pytest.mark.since_spark("4.0", "TLS for its RPC"), pytest.mark.beyond_ci],
        ),
    ],
)
def test_a_high_job_bypasses_low_tasks(
    run_program: RunProgram, tmp_path: Path, settings: dict[str, str], with_tls: bool
) -> None:
    settings = {**settings, **(tls(tmp_path) if with_tls else {})}
    secret = SECRET if "spark.authenticate" in settings else {}
    local = tmp_path / "local"
    own = {
        **dict([QUICK_EXECUTORS]),
        **securing.APPLICATION,
        "spark.ui.enabled": "false",
        "spark.executor.memory": "512m",
    }
    # Master and workers let nobody in who is not secured as they are.
    with standalone(tmp_path, {**settings, **secret, "spark.local.dir": str(local)}) as master:
        everything = {**settings, **secret, **own}
        confs = [word for pair in everything.items() for word in ("--conf", "=".join(pair))]
        ran = run_program(
            [*SUBMIT, "--master", master, *confs, APPS / "encrypted.py", tmp_path, local],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT)},
        )
    securing.check(answers_in(ran.stdout), settings)
