"""Any pretrained network of timm (Wightman 2019, PyTorch Image Models), downloaded on first use."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from hill_exp.encoder.pretrained import OfLibrary
from hill_exp.torchvision_import import import_torchvision
from hill_exp.types import UserError

if TYPE_CHECKING:
    from hill_exp.encoder.network import Network


class Timm(OfLibrary):
    """`name` is as timm.list_pretrained() has it."""

    choice = "timm"
    extra = "timm"
    packages: ClassVar = ("timm",)

    @override
    def network(self) -> Network:
        import_torchvision()  # which timm imports
        import timm

        from hill_exp.encoder.network import Network, halves

        if not timm.is_model_pretrained(self.name):
            near = get_close_matches(self.name, timm.list_pretrained(), n=3, cutoff=0)
            raise UserError(
                f"encoder.name = {self.name}: timm has no weights of this name; must be one of timm.list_pretrained(), "
                f"as {', '.join(near)}"
            )
        try:
            net = timm.create_model(self.name, pretrained=True, num_classes=0)
        except Exception as error:  # of the libraries that download, and of those beneath them
            raise UserError(
                f"encoder.name = {self.name}: its weights are not on this machine, and could not be downloaded "
                f"({' '.join(str(error).split())}); run it once with a network, or use encoder=efficientnet_lite0, "
                "which needs none"
            ) from error
        return Network(*halves(net, self.size), net.pretrained_cfg["mean"], net.pretrained_cfg["std"])
