"""What stands between images and the model: nothing, or a pretrained network whose features the model is given."""

from hill_exp.encoder.base import Encoder

__all__ = ["Encoder"]
