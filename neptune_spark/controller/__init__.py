"""The process controller: what runs beside an executor, in a process of its own.

The executor starts it with the interpreter of its workers: `check` says whether that can run them,
and `main` then does, for as long as the executor lives, what no worker can do itself: measure its
processes, stop them in the middle of a C call, and make them nicer.

It uses psutil, so nothing here is imported by a worker.
"""
