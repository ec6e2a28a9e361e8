"""The program: topic models, trained and applied at the same time."""

from __future__ import annotations

import sys
from functools import partial

from neptune_bench.lda.workload import WORKLOAD
from neptune_bench.unified import program

main = partial(program.main, WORKLOAD)

if __name__ == "__main__":
    sys.exit(main())
