"""Where policies differ: locality, memory, and how evenly suspended tasks are spread.

*Simulated*, in virtual time on the real scheduler (see `scale`): batch jobs want more cores than
there are, in stages one after the other; a third of them hold memory. Stream jobs arrive by a
Poisson process. `SCENARIOS` adds what makes policies differ: cached blocks, so that a task takes
longer elsewhere; and memory that tasks need, so that one takes longer that finds little.

*On a real cluster* of executors with little memory on this machine, in one session: low tasks hold
all cores, and one of them rows in memory; requests of high priority sort in memory, or read what an
executor caches. Each request is asked under every policy, in random order, before the next one, so
that all meet the same load. Ratios are to the same request on the idle cluster.
"""
