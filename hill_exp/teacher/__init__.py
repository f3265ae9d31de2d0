"""How an edited layout becomes a training signal: one teacher a file.

Total loss of a step: cross-entropy on the observed labels + weight * teacher.loss(...). With weight 0 a teacher
changes nothing, to the last bit.
"""

from hill_exp.teacher.base import LatentTeacher, Teacher

__all__ = ["LatentTeacher", "Teacher"]
