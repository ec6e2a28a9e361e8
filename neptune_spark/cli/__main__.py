"""`python -m neptune_spark.cli`, for where no script is on the PATH."""

import sys

from neptune_spark.cli import main

sys.exit(main())
