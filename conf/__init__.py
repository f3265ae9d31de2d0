"""The configuration; a package, linked as hill_exp.conf, so that an installed hill_exp finds it."""
