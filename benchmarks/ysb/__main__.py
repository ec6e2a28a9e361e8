"""``python -m ysb``: the Yahoo Streaming Benchmark beside a batch (see the package)."""

from __future__ import annotations

import sys

from unified import program
from ysb.workload import WORKLOAD

if __name__ == "__main__":
    sys.exit(program.main(WORKLOAD))
