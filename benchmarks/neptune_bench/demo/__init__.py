"""One unified stream/batch application under three schedulers: Spark FIFO, Spark FAIR, Neptune.

``python -m neptune_bench.demo`` runs the same application four times, each time in a driver process
of its own: the stream alone, and stream and batch together under each scheduler. It compares what
the stream's events waited and what the batch took, and checks that every run gave the same answers.
It is a workload of `neptune_bench.unified`, whose batch is a fixed amount of work.

The choices, and why:

*The stream* counts and sums events by key and event-time window: a stateful Structured Streaming
aggregation in update mode, two shuffle partitions (one per core of the default master), triggered
as soon as there is data. Its checkpoint lies in memory (``/dev/shm``) where there is such a place,
so that the disk is not what is measured. Events come as small JSON files that a separate process
puts into the watched directory at fixed, jittered times: the driver's GIL cannot delay an
arrival, and a slow stream does not slow its source. *Latency* is the time from when a file is due
to the moment at which the application holds the updated counts, inside ``foreachBatch``.

*The batch* is a fixed amount of work from two threads: five TPC-H queries over Parquet, one after
the other, and an iterative training job whose tasks are pure Python. Each side alone has as many
tasks per stage as there are cores, and so cores are always wanted. Tables are scanned in one
task per core, and a Python task takes a second or two: such tasks are usual in batch jobs, and a
scheduler that cannot take a core back must wait for one of them to end.

*FAIR* gets the best that it offers: the stream has a pool of its own with a weight of 1000 against
the batch's 1, and a minimum share of every core. *FIFO* is Spark's default. *Neptune* gets its
plugin and no other setting: it recognises the stream, and the batch runs at the default priority.

Each side warms up in the same way first (some events; one query, one short training round), so
that class loading and the first compilations are in nobody's figures. Latencies are those of the
events that arrived while the batch had work; for the stream alone, those of all its events.
"""
