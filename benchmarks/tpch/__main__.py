"""``python -m tpch``: interactive queries beside long ones (see the package)."""

from __future__ import annotations

import sys

from tpch.workload import WORKLOAD
from unified import program

if __name__ == "__main__":
    sys.exit(program.main(WORKLOAD))
