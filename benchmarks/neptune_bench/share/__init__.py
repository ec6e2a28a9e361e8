"""Sharing a session: long and short TPC-H queries of five users, and a stream, on the same cores.

Each run is a driver process of its own with one Spark application: three users run a fixed number
of long queries, one after the other; two send short ones at random moments, until the long ones are
done; and a streaming query has a small micro-batch each second. Nobody declares a priority. What is
compared are the ways to share the cores among users; all ratios are to each query alone.
"""
