"""One HTML page of several benchmarks' results, with everything in it: nothing is loaded."""
