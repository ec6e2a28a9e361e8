"""The check of the worker's tests that all is gone, for those of the process controller, too."""

from tests.unit.worker.conftest import nothing_is_left

__all__ = ["nothing_is_left"]
