"""`python -m benchmarks`."""
