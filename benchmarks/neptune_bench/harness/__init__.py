"""What the benchmarks have in common: running drivers, figures, tables, progress, the machine."""
