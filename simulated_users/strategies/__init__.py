"""What a person tries to do with the layout, as a plan over all points that it has looked at.

Every strategy answers where to look (by its appeal, over the picture), and then three questions: where does a point
belong, where about there is it put, and which points are worth the most. A point is then carried to
    the site of its class, for it + its offset.
"""

from __future__ import annotations

from typing import Final

from simulated_users.strategies.by_class import boundary, compact, label_unlabelled, rescue, separate
from simulated_users.strategies.correct import correct
from simulated_users.strategies.explore import BY_NAME, EXPLORE, EXPLORE_LATENTS, INSIST, UNSURE
from simulated_users.strategies.group import group
from simulated_users.strategies.picture import Picture
from simulated_users.strategies.scene import Plan, Scene, Strategy
from simulated_users.strategies.sorting import arrange, pile
from simulated_users.strategies.tidy import tidy

__all__ = ["BY_CLASS", "BY_PICTURE", "STRATEGIES", "Picture", "Plan", "Scene", "Strategy"]

BY_CLASS: Final[dict[str, Strategy]] = {  # each class has one place
    plan.__name__: Strategy(plan) for plan in (pile, arrange, rescue, boundary, compact, separate, label_unlabelled)
}
BY_PICTURE: Final[dict[str, Strategy]] = {  # a point's place hangs on what lies about it
    "correct": Strategy(correct),
    "explore": EXPLORE,
    "group": Strategy(group),
    "tidy": Strategy(tidy),
    "explore_latents": EXPLORE_LATENTS,
    "unsure": UNSURE,
    "by_name": BY_NAME,
    "insist": INSIST,
}
STRATEGIES: Final = BY_CLASS | BY_PICTURE
