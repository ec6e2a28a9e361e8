"""Runs one scenario: `python -m tests.unit.worker.scenarios NAME SOCKET SHARED`."""

from __future__ import annotations

import sys

from tests.unit.worker.scenarios import controlling, ending, forking, waiting, working
from tests.unit.worker.scenarios.stage import Stage

name, socket_path, shared_path = sys.argv[1:]
modules = (controlling, ending, forking, waiting, working)
(scenario,) = (getattr(module, name) for module in modules if name in vars(module))
scenario(Stage(socket_path, shared_path))
