"""Simulated people: a family with few, orthogonal parameters, in which everybody is the oracle with one departure.

`person.Person` is composed of what it knows, tries, holds in the hand and gets wrong; `conf/user/` holds its presets.
`none`, `placebo`, `random` and `automatic` are the people that a study compares it with, `crowd` draws a different
person for each participant, and `testing` is the contract that any person of your own can be run through.
"""
