"""Records -> tidy tables -> tests -> figures -> report. Reads records alone: no torch, no umap, no training code."""
