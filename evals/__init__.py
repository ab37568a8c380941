"""Is the answer good? Cases with known answers, graders, reports and benchmarks. Not part of the installed program."""
