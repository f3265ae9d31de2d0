"""A real person at a page in the browser: what it is led through, the server, and what is kept of it.

What is kept
    session.py         the session file: what the person did under one condition, as data
    sessions.py        the session files of a store, and the step that goes on with one
    recorded.py        the configuration of a session
    replay.py          the person of a session file

The page and its server
    page/              the page itself
    protocol.py        what page and server tell each other, and the checks of what the page says
    server.py          the pages that are open, and the web server

The steps
    step.py            what a step is
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
    study_file.py      the file of a study, its texts and questions
    sittings.py        how far each person is
    counterbalance.py  the order of the conditions
"""
