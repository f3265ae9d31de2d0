"""A real person at a page in the browser: what it is led through, the server, and what is kept of it.

What is kept
    entry.py           the parts of it all, and their bounds
    noted.py           what the page notes of a person during a turn
    session.py         the session file: what the person did under one condition, as data
    sessions.py        the session files of a store, and the step that goes on with one
    recorded.py        the configuration of a session
    replay.py          the person of a session file

The page and its server
    page/              the page itself
    protocol.py        what page and server tell each other, and the checks of what the page says
    room.py            the pages that are open: which tab writes, and who is told what
    seat.py            the address of a page, kept
    queue.py           the trainings of several people, which wait for the workers
    server.py          the web server: who may connect, and what is served

The steps
    step.py            what a step is
    way.py             a person's steps, and what becomes of their results
    texts.py           consent and instructions
    questionnaire.py   questions
    training.py        a training with the person in it
    open_turn.py       the turn that the person is at
    trainer.py         the training's process, and the pipe to it
    human.py           the choice of a real person in the configuration

Leading a person
    host.py            the server and the steps, from beginning to end
    participant.py     one participant under one condition: `python -m hill_exp +user=human`
    people.py          one person's way through a study: `python -m hill_exp.people`
    lab.py             several people at once: `python -m hill_exp.people serve`
    study_file.py      the file of a study, its texts and questions
    sittings.py        how far each person is
    counterbalance.py  the order of the conditions
    study_codebook.py  what is recorded, a row a column
"""
