"""From people to simulated people: `python -m simulated_users.fit --store DIR --out population.yaml`.

Whether people so estimated do what was done is asked by `python -m simulated_users.check --store DIR` (checking,
predictive).

It reads the recorded sessions of a condition, of real people or of simulated ones, estimates for each person the
parameters of the family (simulated_users.person), prints them with 95% intervals, and writes a population from which
`+user=crowd user.population=population.yaml` draws people like them. It reads the store as data and writes one file.

It fits sorters: of the strategies, those by class, at no cost of looking (gaze.thumbnails null, which the file sets).
Which images a person had looked at by the end of each turn is known of simulated people, and of real ones whose page
noted it (hill_exp.live.noted), if they looked at half as many again as they handled; where it is not known, they are
held to have seen all. When within a turn each was looked at is not asked, so whoever acts on the picture, region by
region, is fitted by its nearest sorter, and its rationality is too low; trust little there.

What can be known of each parameter, and how. The equations stand at the head of the module named.

Where the piles are (pile_mixture)
    A person who sorts puts the images of one class in one place, and keeps to it. So the places can be found, and a
    drag's place says what its image was taken for. This needs a strategy that sorts to fixed places (pile, arrange).
    Under one that keeps the shape of a class (separate, compact) the drop follows the start whoever drags, and
    anchoring cannot be told from it.

Anchoring and motor noise (pile_mixture)
    Anchoring is the slope of the drop on the start, within a pile; motor noise is what is left, by length. The two are
    apart. The constant and the proportional part of the noise are less so, as most drags are about as long: trust
    their sum at the usual length more than either.
    How a real person spreads out a pile on purpose cannot be told from how the hand shakes: all is called motor noise,
    and the file sets piles.spread to 0 so that it is not drawn twice.

Misreading and slips (misfiling)
    Together they are the share of drags to another class's pile (`misfiled`), which is known well.
    Apart they are known by images that were handled again, as a misreading stays and a slip does not; and by when an
    image was chosen: to a sorter a misread image looks wrong, and so comes first. For the same reason the misread are
    more than their share of those handled, which is put right.
    Both hang on the strategy. Where the person does not follow it, and handles nothing twice, nothing tells the two
    apart: all is then called misreading, and both intervals reach toward 0.
    Images whose true label is wrong count as misread.

Conflation (misfiling)
    A pair of classes confused more often than mistakes elsewhere would have it. If all of a class lies with another,
    the smaller of the two is said to be put with the larger; which it was nobody can see.

Rationality and strategy (choice_model, plackett_luce)
    Rationality has no meaning but for a strategy: it is how far the order of the choices follows what that strategy
    wants. So the strategies are compared by likelihood, and the likeliest may be named by --strategy.
    An infinite one is estimated as infinite, with a finite lower end. What was misread is left out, as far as it is
    seen.

Deference and attention (left_alone)
    They are seen in what is never handled, of what was looked at, if there is enough time to handle it: a class of
    which a few points would have had their turn says nothing. Without looks, a class that lies where nobody looked is
    now and then called neglected. A surer model defers people to the same points that a sorter would leave for
    last; the order tells them apart only where the sorter is choosy.

The time of a look (estimation)
    tools.look is the median of the times for which the page noted that a picture was looked at.

Not estimated
    Fatigue (it shows as slips and noise, averaged over the turns), stereotype (a pile is taken to be where its person
    wants it), and grouping by attribute (it shows as misfiling).

Intervals
    Likelihood ratio with the other parameters at their best, or at their estimates where they do not interact (the
    piles are held for the motor, beliefs for the choices); exact binomial for shares; robust least squares for the
    slope. What is held is not known exactly, so they are a little too narrow: of people with all departures at once
    they hold the truth in 87% (attention) to 99% (benchmarks/recovery.py, docs/recovery.png).
"""
