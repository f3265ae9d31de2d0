"""Where else the results go, beside the store."""
