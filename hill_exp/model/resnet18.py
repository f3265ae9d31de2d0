"""torchvision's ResNet-18 (He et al. 2016, arXiv 1512.03385), without pretrained weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hill_exp.model.base import InputShape, Model
from hill_exp.torchvision_import import import_torchvision

if TYPE_CHECKING:
    from torch import nn

SMALL = 64  # pixels; up to this size the usual stem would throw most of the image away


class Resnet18(Model):
    def encoder(self, input_shape: InputShape) -> nn.Module:
        from torch import nn

        channels, *size = input_shape
        resnet = import_torchvision().models.resnet18(weights=None, num_classes=self.latent)
        if max(size) <= SMALL:  # the stem of the paper's CIFAR networks (section 4.2)
            resnet.conv1 = nn.Conv2d(channels, 64, 3, padding=1, bias=False)
            resnet.maxpool = nn.Identity()
        else:
            resnet.conv1 = nn.Conv2d(channels, 64, 7, stride=2, padding=3, bias=False)
        nn.init.kaiming_normal_(resnet.conv1.weight, mode="fan_out", nonlinearity="relu")  # as torchvision does
        return resnet
