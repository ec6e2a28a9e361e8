"""The program: the Yahoo Streaming Benchmark beside a batch (see the package)."""

from __future__ import annotations

import sys
from functools import partial

from neptune_bench.unified import program
from neptune_bench.ysb.workload import WORKLOAD

main = partial(program.main, WORKLOAD)

if __name__ == "__main__":
    sys.exit(main())
