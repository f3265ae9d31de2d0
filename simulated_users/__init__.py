"""Simulated people: a family with few, orthogonal parameters, in which everybody is the oracle with one departure.

`person.Person` is composed of what it knows, tries, holds in the hand and gets wrong; `conf/user/` holds its presets.
`none`, `placebo` and `random` are the people that a study compares it with, `crowd` draws a different person for each
participant. `machines` and `active` name points and move none: rivals without a person, and one whom a query asks.
`testing` is the contract that any participant of your own can be run through.
"""
