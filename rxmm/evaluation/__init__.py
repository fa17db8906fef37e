"""How good the identifier is: labelled queries in, one report out (see docs/BENCHMARK.md)."""
