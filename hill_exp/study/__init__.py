"""Who does the work: the participants of conditions as jobs over worker processes, and what is told meanwhile."""
