"""How Neptune's scheduler does on a cluster of any size: its real classes, on simulated executors.

``python -m neptune_bench.scale`` runs the scheduler that applications run, a subclass of Spark's
TaskSchedulerImpl, in the JVM of a small Spark session, over executors that exist in its books
only. They run nothing; virtual time goes from event to event, so that a workload of minutes on 300
cores takes seconds, and the same seed gives the same latencies on every machine.

*In virtual time*, for every policy and every mode of preemption: batch jobs of low priority take
all cores; stream jobs of high priority arrive by a Poisson process, each a few stages of short
tasks, half of which have their blocks cached on some executor and take longer elsewhere. Counted
are the latency of stream jobs, from arrival to the end of the last stage, beside that of the same
stream alone; how much longer batch jobs take than alone; how evenly tasks are spread (the
coefficient of variation of tasks per executor, mean over time); suspensions; and the work that is
lost, by kills. Executors answer after 0.1 ms. What is not simulated: memory (policies see no
figures of it), shuffles, failures, the network, and the real time that the scheduler takes.

*In real time*: a decision, snapshot included, when a burst of high tasks comes to a cluster whose
cores all run low tasks; and whole offer rounds, against Spark's own TaskSchedulerImpl in turns on
the same offers and task sets, each side first in every other cycle, after a warm-up. Rounds with
high tasks pending include a decision, which Spark's have no equal for.
"""
