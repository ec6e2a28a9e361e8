"""``python -m lda``: topic models, trained and applied at the same time."""

import sys

from lda.workload import WORKLOAD
from unified import program

if __name__ == "__main__":
    sys.exit(program.main(WORKLOAD))
