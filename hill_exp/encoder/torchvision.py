"""Any of torchvision's classifiers, with its best weights, which are downloaded on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from hill_exp.config import unknown
from hill_exp.encoder.pretrained import OfLibrary
from hill_exp.torchvision_import import import_torchvision
from hill_exp.types import UserError

if TYPE_CHECKING:
    from hill_exp.encoder.network import Network


class Torchvision(OfLibrary):
    """`name` is as torchvision.models.list_models() has it."""

    choice = "torchvision"

    @override
    def network(self) -> Network:
        import torch

        from hill_exp.encoder.network import Network, halves, without_classifier

        models = import_torchvision().models
        if self.name not in (names := models.list_models(module=models)):
            raise UserError(unknown(self.name, names, "encoder.name"))
        weights = models.get_model_weights(self.name).DEFAULT
        try:
            state = weights.get_state_dict(progress=False, check_hash=True, weights_only=True)
        except (OSError, RuntimeError) as error:  # no network; or a file that is not whole
            file = weights.url.rpartition("/")[2]
            raise UserError(
                f"encoder.name = {self.name}: its weights are not on this machine, and could not be downloaded "
                f"({' '.join(str(error).split())}); put {file} (from {weights.url}) into "
                f"{torch.hub.get_dir()}/checkpoints, or use encoder=efficientnet_lite0, which needs no network"
            ) from error
        net = models.get_model(self.name, weights=None)
        net.load_state_dict(state)
        if hasattr(net, "transform_input"):
            net.transform_input = True  # the Inceptions, whose weights were trained under another mean and spread
        if not without_classifier(net):
            raise UserError(f"encoder.name = {self.name}: its classifier is no linear layer. Use another network.")
        how = weights.transforms()
        return Network(*halves(net, self.size), how.mean, how.std)
