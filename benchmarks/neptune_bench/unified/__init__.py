"""A stream and a batch in one application, under every scheduler that a user could choose.

The packages of the workloads (``tpch``, ``sweep``, ...) say what the two sides do; this one runs
them, measures, and compares. The choices, and why:

*Every run* has driver processes of its own, so that no scheduler finds what another has left. In
each round of runs every scheduler runs once, in an order that the seed shuffles, and all ratios are
taken within a round: what the machine does meanwhile meets all of them.

*The batch* is work without end, so that it wants all cores all the time, and is cut off by the
clock, so that no scheduler makes a run long. It is counted in steps, in parts where the time cuts a
step: by the share of its tasks' core-seconds that lie within.

*The ideal* is the stream alone, with all cores. What the batch can do at most is what it does
alone, on the core-seconds that the stream's tasks leave.
"""
