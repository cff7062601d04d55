"""How fast it is: seeded workloads and micro-benchmarks, as ratios within one run."""
