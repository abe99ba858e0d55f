"""Speed and memory beside tshark, on captures made here: `python -m tests.benchmarks --help`.

These are no timed tests: nothing fails, a table is printed. Measure on a machine that does nothing else.
"""
