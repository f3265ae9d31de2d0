"""hill_exp from Python: run a condition, load a store, and the latent loop for a training of one's own."""
