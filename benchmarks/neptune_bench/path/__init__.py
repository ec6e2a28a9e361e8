"""The path of a preemption, instant by instant.

``python -m neptune_bench.path`` runs jobs of one task, one after the other, at high priority: in a
session that is idle otherwise, and in the same session while tasks of low priority hold all cores.
For each job it says when what happened, from its submission to its task's first record, and so
which step takes what the job takes longer than in an idle session.

The instants are noted by the scheduler and by the executors' agents (`time/Instants.scala`), which
do so only when asked; the first record's is taken by the task itself. On Linux all of them read the
same clock, CLOCK_MONOTONIC, which the benchmark checks.

A step is named after the instant that ends it. The tasks of low priority compute all the time, so
the one that is suspended is at work when it is asked to. Idle and saturated
sessions take turns, in blocks of jobs; without `spark.neptune.handOver`, in a session of its own,
jobs run on a saturated one only.
"""
