"""The demand sweep: what a stream that needs more and more of the cores does to both sides.

The paper's "impact of resource demands". *The stream* is a request in each second, at a random
moment of it, whose tasks, one per core, need a given share of that second: from 0 to 100 % of the
cores. *The batch* always wants all of them, in tasks of some seconds. Both are loops over numbers
in the JVM, of a length that is measured once, so that the demand is what it says; their sums are
known in advance. At 100 % the stream's requests overlap, even alone: what starting a job takes
comes on top.
"""
