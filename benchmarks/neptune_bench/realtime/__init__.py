"""Real-time queries beside a batch, in one session: latency of each event, and what the batch does.

Each run is a driver process of its own: the queries alone, the batch alone, and both together, with
shared cores or with cores of the queries' own. Events are due at random moments, alike in all runs
of a round; a latency is from then until the query has answered. It needs Spark 4.1 or later.
"""
