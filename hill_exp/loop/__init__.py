"""One participant: show, edit, teach, train, score. `run.py` is the whole algorithm on one screen."""
