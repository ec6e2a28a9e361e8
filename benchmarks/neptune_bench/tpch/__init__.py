"""TPC-H: short interactive queries beside the long ones, all 22 of them in Spark SQL.

*The data* are from ``tpchgen-cli``, the queries' texts from DuckDB's own extension, and their
answers are checked against DuckDB's on the same files. *The stream* are queries that answer in a
fraction of a second, on a small share of the data, and arrive at random. *The batch* runs the long
ones, one after the other, from three threads.
"""
