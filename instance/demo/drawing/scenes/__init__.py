"""Four small paintings for the wall of the demonstration, drawn by this code and by nobody else."""
