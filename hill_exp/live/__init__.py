"""The canvas of a real person: the page in a browser, its server, and the session that is kept of it.

session.py   the session file: what the person did, as data
human.py     the real person, as the training sees one: at the other end of a pipe
replay.py    the person of a session file
wire.py      what page and server tell each other, and the checks of what the page says
server.py    the pages that are open, and the web server
steps.py     what a person goes through: a text, questions, a training
host.py      the server and the steps, from beginning to end
seat.py      one participant: whose turn it is, resuming, the record
page/        the page itself
"""
