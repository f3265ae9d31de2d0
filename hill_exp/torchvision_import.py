"""`import torchvision` where its compiled operators cannot be loaded, as a CUDA build beside a CPU-only torch.

Such a torchvision refuses to be imported ("operator torchvision::nms does not exist": pytorch/vision issues 8985,
9077, 9085), although data sets, models and transforms need none of these operators.
"""

from __future__ import annotations

import importlib
import sys
from functools import cache
from typing import Any


@cache
def import_torchvision() -> Any:
    """The module torchvision. Where it imports by itself, nothing else is done."""
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::nms does not exist" not in str(error):
            raise
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]  # what the failed import left behind
    from torch.library import define

    for name in ("nms", "qnms"):  # declared without an implementation: torchvision registers fakes for these two
        define(f"torchvision::{name}", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return importlib.import_module("torchvision")
