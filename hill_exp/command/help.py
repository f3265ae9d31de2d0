"""What `--help` prints. Hydra's own takes thrice as long, and takes every folder of conf/ for a group of choices."""

from __future__ import annotations

from collections.abc import Sequence

from hill_exp.config import compose
from hill_exp.config.command_line import config_dir, overrides_of

HEAD = """\
Train models with a simulated or a real person in their latent loop, as a paired study.

python -m hill_exp +user=NAME [key=value ...]      one condition and its controls
python -m hill_exp -m +user=A,B [key=v1,v2 ...]    a sweep
python -m hill_exp +user=human                     a page for a real person
python -m hill_exp                                 lists the users
python -m hill_exp -m ... plan=true                says what of it is done, and runs nothing
python -m hill_exp.inventory --store DIR           lists what a store holds
python -m hill_exp +user=NAME --cfg job            prints the configuration
python -m hill_exp --hydra-help                    what else the command line takes

Choices of each group (GROUP=NAME):
"""


def text(arguments: Sequence[str]) -> str:
    """The commands, the choices, and the configuration under the overrides of a command line. UserError for one that is
    wrong."""
    from omegaconf import OmegaConf

    with compose.searching(config_dir(arguments)):
        cfg, groups = compose.with_hydra(*overrides_of(arguments)), compose.groups()
    del cfg.hydra
    change = "Change any value of the configuration with key=value:"
    return "\n".join([HEAD, groups, "", change, "", OmegaConf.to_yaml(cfg)])
