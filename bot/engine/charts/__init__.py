"""Which charts are there, and what do they say? Each is made of sums, and of nothing else."""
