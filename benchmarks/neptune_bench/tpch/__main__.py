"""The program: interactive queries beside long ones (see the package)."""

from __future__ import annotations

import sys
from functools import partial

from neptune_bench.tpch.workload import WORKLOAD
from neptune_bench.unified import program

main = partial(program.main, WORKLOAD)

if __name__ == "__main__":
    sys.exit(main())
