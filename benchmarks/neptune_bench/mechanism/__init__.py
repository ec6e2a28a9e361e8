"""What the mechanism takes: suspending and resuming, and its cost when nobody suspends.

``python -m neptune_bench.mechanism`` compares, side by side in one run, ways to suspend a task
whose records have a known cost, from a trivial one to 10 ms:

*gate* is Neptune's own: a worker process with the real hub. *process stop* is Neptune's way for
what the gate cannot suspend: the same worker, whose process the real process controller stops and
continues. In production it comes after the grace period that a worker has to answer; that is not in
these figures. *thread and event* is the comparison that the paper makes between coroutines and
threads: a listener thread in the worker, and an event that the task looks at before each record.
*JVM* is a task of Spark's that reads lines of text, *JVM, batches* one that reads Parquet, where
Spark looks for the end of its task not at each record but at each batch of 4096.

The choices, and why:

*Latency* of a worker is measured by the executor's end of its control socket, without Spark: from
the request written to the acknowledgement read, or, for a process stop, from the request to the
controller's answer, which says that it saw the worker at work, and that the signal is sent. After
each acknowledgement the benchmark looks whether the task does another record; result.json says how
often it did (`moved`). Moments are drawn from a seed, over more than a record's time. Records are
Python code, or one C call (PBKDF2), which no signal handler interrupts and which gives the
interpreter's lock away, as calls into NumPy do.

JVM tasks are suspended manually, one after the other, in a session with nothing else to do. Their
latency is the scheduler's own statistic, measured on the executor: without the messages between it
and the driver, which result.json has as round trips.

*Cost* of a record: a plain function against the same one under a hub, and behind the look at an
event, in processor time, in short turns in one process, of which the least counts. *Cost* of a job:
two fresh drivers, one with stock Spark and one with Neptune, take turns from job to job, so that
what the machine does meanwhile befalls both; in wall-clock time. Of a pair of drivers it is the
median of the turns' ratios. A ratio is the median of those of its pairs (a process, or two
drivers); its range is theirs. The mean is over pairs, too, with Student's interval: two JVMs that
run the same code differ by some per cent all their lives, as they compiled it. Everything is warmed
up first.
"""
