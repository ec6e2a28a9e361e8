"""The Yahoo Streaming Benchmark: ads are seen, and views are counted by campaign, beside a batch.

*The stream* is the benchmark's pipeline: parse an event (JSON), keep the views, project to ad and
time, join with the ad's campaign, count by campaign and window of ten seconds of event time. Its
latency is what the benchmark defines: from a window's end to the last update of its count; every
campaign's window is a sample. A window that needed no update after its end has waited for nothing.

*Events* follow from a seed and their number alone (see `events`), and their event time is the
run's plan, not its clock: so all runs have the same answer, which plain Python computes too. A
feeder process delivers them at their times, ten times a second, whatever the stream does; what
comes late from the feeder counts as late. Embedded, it puts files into a directory in memory, and
the campaigns are a table that is broadcast. With ``--kafka`` it sends each event to a broker, with
``--redis`` Python tasks look the campaigns up in Redis, and the counts go there, as in the
original. The benchmark starts and stops both by itself.

*The batch* analyses a log of such events: SQL over users, campaigns and sessions from one thread,
and Python UDFs from another. With ``--batch tpch`` it is the long queries of TPC-H instead, the
paper's mixed case. Its answers are checked as well, with NumPy or DuckDB.
"""
