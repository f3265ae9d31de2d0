"""Every shipped choice keeps the contract of its role, and every check of a contract can fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from conftest import marks
from encoders import without_downloads
from images import levels, write_cifar, write_idx, write_images
from vectors import write_vectors

from hill_exp.config import build, compose
from hill_exp.loop.parts import BASES
from hill_exp.testing import dataset, encoder, model, projection, schedule, teacher
from hill_exp.types import NO_CLASS, Budget, Cards, Labelled, Layout

SUITES: dict[str, ModuleType] = {
    "dataset": dataset, "encoder": encoder, "model": model, "projection": projection, "teacher": teacher,
    "schedule": schedule,
}  # fmt: skip
CHECKS = {group: {check.__name__: check for check in suite.CHECKS} for group, suite in SUITES.items()}
PRETRAINED = tuple(name for name in compose.choices("encoder") if name != "none")
# A choice keeps its contract under each of these settings.
CHANGES: dict[str, list[dict[str, Any]]] = {
    "teacher": [{"points": points} for points in ("attended", "company", "all")],
    "mlp": [{}, {"dropout": 0.5}],
    "cnn": [{}, {"dropout": 0.5}],
    **{name: [{"train": train} for train in ("none", "last_block")] for name in PRETRAINED},
}
SMALL = {"canvas_points": 20, "validation_points": 10, "test_points": None, "labelled": 0.5}


def cases() -> Iterator[Any]:
    for group in SUITES:
        for name in compose.choices(group):
            for changes in CHANGES.get(group if group == "teacher" else name, [{}]):
                for check in CHECKS[group]:
                    yield pytest.param(
                        group,
                        name,
                        changes,
                        check,
                        id="-".join([group, name, *map(str, changes.values()), check]),
                        marks=marks(name),
                    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Any]]]:
    """Name of a data set -> the settings with which it finds a few points on this disk; of an encoder -> those with
    which it is quick and computes all anew."""
    root: Path = tmp_path_factory.mktemp("images")
    with pytest.MonkeyPatch.context() as patch:
        without_downloads(patch)
        write_images(root / "folder", levels(30))
        write_vectors(root / "vectors.npz", split=np.repeat(["test", "train"], [40, 80]))
        for folder in ("MNIST", "FashionMNIST"):
            write_idx(root / folder / "raw")
        for library_name in ("CIFAR10", "CIFAR100"):
            write_cifar(root, library_name, patch, each=400)
        hundred = {"canvas_points": 200, "validation_points": 100, "labelled": 0.6}
        torchvision = {name: {**SMALL, "root": root} for name in ("mnist", "fashion_mnist", "cifar10")}
        yield {
            "digits": {**SMALL, "canvas_points": 40},
            "image_folder": {**SMALL, "root": root / "folder", "size": 8},
            **torchvision,
            "cifar100": {**SMALL, **hundred, "root": root},
            "vectors": {**SMALL, "path": root / "vectors.npz"},
            **{name: {"size": 32, "cache": lambda: mkdtemp(dir=root)} for name in PRETRAINED},
        }


def shipped(group: str, name: str, **changes: Any) -> Any:
    """`changes` that are functions are called each time."""
    changes = {key: value() if callable(value) else value for key, value in changes.items()}
    return build({**compose.settings(group, name, group), **changes}, group, BASES[group])


def test_every_role_has_a_suite() -> None:
    """People have theirs in simulated_users.testing."""
    assert set(SUITES) == set(BASES)


@pytest.mark.parametrize(("group", "name", "changes", "check"), [*cases()])
def test_a_shipped_choice_keeps_its_contract(
    group: str, name: str, changes: dict[str, Any], check: str, files: dict[str, dict[str, Any]]
) -> None:
    settings = {**files.get(name, {}), **changes}
    CHECKS[group][check](lambda: shipped(group, name, **settings))


@pytest.mark.parametrize("group", SUITES)
def test_one_function_runs_all_checks_of_a_role(group: str, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[Any] = []
    monkeypatch.setattr(SUITES[group], "CHECKS", (called.append, called.append))
    getattr(SUITES[group], f"check_{group}")(make := lambda: None)
    assert called == [make, make]


# --- broken examples: one method of a shipped choice is replaced ------------------------------------------------------


def random_number() -> float:
    """From nowhere: no two calls agree, and no global generator is asked."""
    return float(np.random.default_rng().random())


def global_number(result: Any) -> Any:
    np.random.random()  # noqa: NPY002
    return result


def far_from_zero(intact: Any, latents: Any, *rest: Any) -> Any:
    return intact(latents, *rest) / latents.square().sum()


def rooted(intact: Any, latents: Any, *rest: Any) -> Any:
    return intact(latents, *rest) + latents.square().sum().sqrt()


def without_gradient(intact: Any, latents: Any, *rest: Any) -> Any:
    return intact(latents.detach(), *rest) + 0 * latents.sum()


def retaught(change: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """teach whose target is change(target, lesson)."""

    def teach(intact: Any, lesson: Any, *rest: Any) -> Any:
        teaching = intact(lesson, *rest)
        return replace(teaching, target=change(teaching.target, lesson))

    return teach


def relaid(change: Callable[[Any], Any]) -> Callable[..., Any]:
    """project whose layout is changed."""
    return lambda intact, *given: change(intact(*given))


def forward(change: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """build whose network gives change(latents, logits)."""

    def built(intact: Any, *given: Any, **named: Any) -> Any:
        network = intact(*given, **named)
        whole = network.forward
        network.forward = lambda images: change(*whole(images))
        return network

    return built


def reencoded(change: Callable[[Any], Any]) -> Callable[..., Any]:
    """encoded whose features, but those of shifted copies, are changed."""

    def encoded(intact: Any, *given: Any) -> Any:
        whole = intact(*given)
        named = {name: replace(part, inputs=change(part.inputs)) for name, part in encoder.parts(whole).items()}
        return replace(whole, **named)

    return encoded


class Halved(torch.nn.Module):
    """With a weight of its own."""

    def __init__(self, weight: float = 0.5) -> None:
        super().__init__()
        self.own = torch.nn.Parameter(torch.tensor(weight))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.own * x


ONE = Halved()
NAN = np.float32("nan")


def resampled(change: Callable[[Any], Any]) -> Callable[..., Any]:
    """sample that is changed."""
    return lambda intact, *given: change(intact(*given))


def observing(change: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """sample whose observed labels are change(labels, dataset)."""

    def sample(intact: Any, *given: Any) -> Any:
        whole = intact(*given)
        observed = change(whole.canvas.labels, intact.args[0])
        reserved = whole.canvas.reserved & (observed == NO_CLASS)
        return replace(whole, canvas=replace(whole.canvas, observed=observed, reserved=reserved))

    return sample


def chosen_anew(labels: Any, of: Any) -> Any:
    order = np.random.default_rng(of.labelled_points).permutation(len(labels))
    return np.where(order < of.labelled_points, labels, NO_CLASS)


def flipped_anew(labels: Any, of: Any) -> Any:
    wrong = np.random.default_rng(round(100 * of.label_noise)).permutation(len(labels)) < of.label_noise * len(labels)
    return np.where(wrong, (labels + 1) % 10, labels)


def reserved_anew(sample: Any, of: Any) -> Any:
    free = np.flatnonzero(sample.canvas.observed == NO_CLASS)
    chosen = np.random.default_rng(round(100 * of.reserved)).permutation(free)[: round(of.reserved * len(free))]
    reserved = np.isin(np.arange(len(sample.canvas.labels)), chosen)
    return replace(sample, canvas=replace(sample.canvas, reserved=reserved))


def cut(part: Labelled) -> Labelled:
    return Labelled(part.inputs[1:], part.labels[1:], part.groups[1:], part.names[1:])


def spending(intact: Any, *given: Any) -> Any:
    object.__setattr__(intact.args[0], "budget", Budget(points=1))
    return intact(*given)


def slowly(intact: Any) -> Any:
    import time

    time.sleep(0.02)
    return intact()


# check -> (choice, method, what stands in its place, given the method that was there; a word of the complaint)
FAULTS: dict[str, list[tuple[str, str, str, Callable[..., Any], str]]] = {
    "teacher": [
        ("weight_0_is_plain_training", "relational", "weight_at", lambda f, s: f(s) + 1, r"weight_at\(0.0\) is 1"),
        ("weight_0_is_plain_training", "relational", "loss", lambda f, *a: f(*a) * np.inf, "changes what is trained"),
        ("weight_stays_within_its_bound", "relational", "weight_at", lambda f, s: f(s) + s, "weight is 10.0"),
        ("nothing_to_teach_is_a_zero", "relational", "loss", lambda f, *a: f(*a) + 1, "the loss is 1"),
        ("nothing_to_teach_is_a_zero", "linear", "loss", lambda f, z, *a: f(z, *a) + (z - z.detach()).sum(), "not 0"),
        ("nothing_to_teach_is_a_zero", "linear", "loss", lambda f, *a: f(*a).detach(), "has no gradient"),
        ("is_finite_at_the_edges", "linear", "loss", far_from_zero, "zero latents: "),
        ("is_finite_at_the_edges", "linear", "loss", rooted, "zero latents: the gradient cannot be had"),
        ("is_finite_at_the_edges", "linear", "loss", lambda f, *a: f(*a) * 1e6, "must stay below"),
        ("order_of_the_batch_does_not_matter", "linear", "loss", lambda f, z, *a: f(z, *a) + z[0].sum(), "other order"),
        ("points_outside_the_mask_do_not_enter", "linear", "loss", lambda f, z, *a: f(z, *a) + z.sum(), "a gradient"),
        ("points_outside_the_mask_do_not_enter", "linear", "loss", lambda f, z, *a: f(z, *a) + z.detach().sum(), "oth"),
        ("teach_is_deterministic", "linear", "teach", lambda f, *a: global_number(f(*a)), "global random generator"),
        ("teach_is_deterministic", "linear", "teach", retaught(lambda t, _: t + random_number()), "not a function"),
        ("teaching_stands_alone", "relational", "teach", retaught(lambda _, s: torch.from_numpy(s.edited)), "memory"),
        ("teaching_stands_alone", "linear", "teach", retaught(lambda t, _: t.requires_grad_()), "a graph"),
        ("gradient_agrees_with_finite_differences", "linear", "loss",
         lambda f, z, *a: f(z, *a) + (z - z.detach()).sum(), "finite differences"),
        ("following_the_loss_lowers_it", "linear", "loss", without_gradient, "along the gradient"),
    ],
    "projection": [
        ("is_finite_on_odd_latents", "pca", "project", relaid(lambda p: replace(p, positions=p.positions * 99)), "out"),
        ("is_finite_on_odd_latents", "pca", "raw", lambda _, z, *__: Layout(z[:, :2] * np.nan), "all equal: .*finite"),
        ("is_in_layout_units", "pca", "project", relaid(lambda p: replace(p, positions=p.positions * 2)), "RMS radius"),
        ("is_in_layout_units", "pca", "project", relaid(lambda p: replace(p, positions=p.positions + 1)), "centred"),
        ("is_deterministic", "pca", "project", relaid(global_number), "global random generator"),
        ("is_deterministic", "pca", "raw", lambda f, z, *a: f(z + random_number() * z**2, *a), "not a function"),
        ("leaves_its_input_alone", "pca", "raw", lambda f, z, *a: f(np.multiply(z, 2, out=z), *a), "writes to"),
        ("warm_start_keeps_the_picture", "pca", "project", lambda f, z, _, rng: f(z, None, rng), "a point moved"),
        ("refuses_latents_that_are_not_finite", "pca", "project",
         lambda f, z, *a: f(np.nan_to_num(z, posinf=0), *a), "were laid out"),
        ("basis_and_embed_say_where_latents_lie", "pca", "project",
         relaid(lambda p: replace(p, basis=p.basis * 2)), "do not differ by dz"),
        ("basis_and_embed_say_where_latents_lie", "pca", "project",
         relaid(lambda p: replace(p, embed=lambda z: z[:, :2])), "embed does not put"),
    ],
    "encoder": [
        ("gives_a_row_of_features_for_each_image", "none", "encoded", reencoded(lambda x: x * NAN), "not fin"),
        ("gives_a_row_of_features_for_each_image", "none", "encoded", reencoded(lambda x: x.astype(float)), "float64"),
        ("gives_a_row_of_features_for_each_image", "none", "encoded", reencoded(lambda x: 0 * x), "1 different"),
        ("encoding_is_deterministic", "none", "encoded", reencoded(lambda x: x + random_number()), "not a function"),
        ("encoding_is_deterministic", "none", "encoded", reencoded(global_number), "global random generator"),
        ("the_image_alone_decides", "none", "encoded", reencoded(lambda x: x * len(x)), "among fewer has other"),
        ("the_image_alone_decides", "none", "encoded", reencoded(lambda x: x + x[:1]), "in another order has other"),
        ("nothing_but_the_inputs_changes", "none", "encoded",
         resampled(lambda s: replace(s, test=replace(s.test, labels=1 - s.test.labels))), "test: .* changes labels"),
        ("nothing_but_the_inputs_changes", "none", "encoded",
         resampled(lambda s: replace(s, canvas=replace(s.canvas, cards=Cards.blank(11)))), "other cards"),
        ("nothing_but_the_inputs_changes", "none", "encoded",
         reencoded(lambda x: np.multiply(x, 2, out=x)), "are written to"),
        ("shifted_copies_are_encoded", "none", "encoded", reencoded(lambda x: 2 * x), "not encoded as"),
        ("shifted_copies_are_encoded", "none", "encoded", lambda f, s: (s.shifted(), f(s))[1], "before anybody asks"),
        ("what_is_trained_is_a_copy_of_the_pretrained", "none", "trained", lambda _: torch.nn.Linear(12, 3), "global"),
        ("what_is_trained_is_a_copy_of_the_pretrained", "none", "trained", lambda _: ONE, "share"),
        ("what_is_trained_is_a_copy_of_the_pretrained", "none", "trained", lambda _: Halved(random_number()), "chance"),
        ("what_is_trained_is_a_copy_of_the_pretrained", "none", "trained",
         lambda _: torch.nn.Sequential(torch.nn.Dropout(0.5), Halved()), "something else the second time"),
        ("what_is_trained_is_a_copy_of_the_pretrained", "none", "trained",
         lambda _: torch.nn.Sequential(torch.nn.BatchNorm2d(3), Halved()), "in evaluation than in training"),
        ("what_is_trained_is_a_copy_of_the_pretrained", "none", "trained",
         lambda _: torch.nn.Sequential(torch.nn.ReLU6(inplace=True), torch.nn.Threshold(0.5, 0, True), Halved()),
         "writes to the features"),
        ("what_is_trained_is_a_copy_of_the_pretrained", "none", "trained",
         lambda _: torch.nn.Sequential(Halved(), torch.nn.Threshold(9, 0)), "no gradient reaches 0.own"),
    ],
    "model": [
        ("gives_latents_and_logits", "mlp", "build", lambda f, s, c, seed: f(s, c + 1, seed), "logits have shape"),
        ("gives_latents_and_logits", "mlp", "build", forward(lambda z, s: (z.double(), s)), "torch.float64"),
        ("gives_latents_and_logits", "mlp", "build", forward(lambda z, s: (z / 0, s)), "latents are not finite"),
        ("logits_are_linear_in_the_latents", "mlp", "build", forward(lambda z, s: (z, s + 1)), "not the head's"),
        ("every_latent_tells_images_apart", "mlp", "build", forward(lambda z, s: (z * 0, s)), "32 latent dimensions"),
        ("seed_alone_sets_the_weights", "mlp", "build", lambda f, s, c, _: f(s, c, 0), "seed does not set"),
        ("seed_alone_sets_the_weights", "mlp", "build", lambda f, *a: global_number(f(*a)), "global random generator"),
        ("seed_alone_sets_the_weights", "mlp", "build", lambda f, s, c, _: f(s, c, int(1e9 * random_number())), "all"),
        ("sees_each_image_alone", "mlp", "build", forward(lambda z, s: (z - z.mean(0), s)), "depend on the others"),
        ("sees_each_image_alone", "mlp", "build", forward(lambda z, s: (z + random_number(), s)), "from one time"),
        ("every_parameter_learns", "mlp", "build", forward(lambda z, s: (z, s.detach())), "no gradient .* head.weight"),
    ],
    "schedule": [
        ("begins_after_the_warmup", "regular", "is_turn", lambda f, t, c: not t or f(t, c), "the first turn after 0"),
        ("begins_after_the_warmup", "regular", "is_turn", lambda *_: False, "no turn in 200 epochs"),
        ("takes_no_turn_too_many", "regular", "is_turn", lambda *given: len(given[-1]) >= 10, "190 turns, of 5"),
        ("takes_no_turn_twice", "regular", "is_turn", lambda *given: len(given[-1]) >= 10, "after the same 10"),
        ("is_deterministic", "regular", "is_turn", lambda *_: random_number() < 0.5, "not a function"),
        ("is_deterministic", "regular", "is_turn", lambda f, *a: global_number(f(*a)), "global random generator"),
        ("budget_is_what_it_says", "regular", "is_turn", spending, "changes from turn to turn"),
    ],
    "dataset": [
        ("sample_is_deterministic", "digits", "sample", lambda f, _, p: f(0, p), "seed 1 and participant 1 have"),
        ("sample_is_deterministic", "digits", "sample", resampled(global_number), "global random generator"),
        ("sample_is_deterministic", "digits", "sample", lambda f, _, p: f(int(1e9 * random_number()), p), "a function"),
        ("inputs_have_one_shape_and_range", "digits", "sample",
         resampled(lambda s: replace(s, test=replace(s.test, inputs=s.test.inputs * 255))), "images reach"),
        ("inputs_have_one_shape_and_range", "digits", "sample",
         resampled(lambda s: replace(s, test=replace(s.test, inputs=s.test.inputs[..., 1:]))), "images have shape"),
        ("inputs_have_one_shape_and_range", "vectors", "sample",
         resampled(lambda s: replace(s, test=replace(s.test, inputs=s.test.inputs * np.nan))), "vectors reach"),
        ("inputs_have_one_shape_and_range", "vectors", "sample",
         resampled(lambda s: replace(s, canvas=replace(s.canvas, inputs=s.canvas.inputs[..., None]))), "have shape"),
        ("parts_have_their_sizes", "digits", "sample",
         resampled(lambda s: replace(s, validation=cut(s.validation))), "9 points, of 10"),
        ("every_class_is_in_every_part", "digits", "sample",
         resampled(lambda s: replace(s, test=replace(s.test, labels=s.test.labels // 2))), "test: has the classes"),
        ("no_point_is_dealt_twice", "digits", "sample", resampled(lambda s: replace(s, test=s.validation)), "twice"),
        ("no_point_is_dealt_twice", "digits", "sample",
         resampled(lambda s: replace(s, test=replace(s.test, labels=np.roll(s.test.labels, 1)))), "label of another"),
        ("no_point_is_dealt_twice", "digits", "sample",
         resampled(lambda s: replace(s, test=replace(s.test, inputs=np.ones_like(s.test.inputs[:, :1])))), "not read"),
        ("no_point_is_dealt_twice", "mnist", "sample",
         resampled(lambda s: replace(s, test=s.validation, validation=s.test)), "wrong side"),
        ("no_point_is_dealt_twice", "vectors", "sample", resampled(lambda s: replace(s, test=s.validation)), "twice"),
        ("no_point_is_dealt_twice", "vectors", "sample",
         resampled(lambda s: replace(s, test=replace(s.test, names=np.roll(s.test.names, 1)))), "name of another"),
        ("observed_labels_are_nested", "digits", "sample", observing(chosen_anew), "and not at a larger"),
        ("observed_labels_are_nested", "digits", "sample", observing(lambda labels, _: labels), "labels are observed"),
        ("label_noise_is_nested", "digits", "sample", observing(flipped_anew), "is another one at a larger"),
        ("label_noise_is_nested", "digits", "sample", observing(lambda labels, _: labels), "0 of 40 labels are wrong"),
        ("the_reserve_is_nested", "digits", "sample",
         lambda f, *a: reserved_anew(f(*a), f.args[0]), "and not at a larger"),
        ("the_reserve_is_nested", "digits", "sample",
         resampled(lambda s: replace(s, canvas=replace(s.canvas, reserved=s.canvas.reserved & False))), "are reserved"),
        ("the_reserve_is_nested", "digits", "sample", lambda f, s, p: f(s + bool(f.args[0].reserved), p), "images are"),
        ("fingerprint_is_stable_and_quick", "digits", "fingerprint", lambda _: str(random_number()), "differs"),
        ("fingerprint_is_stable_and_quick", "digits", "fingerprint", slowly, "must stay below"),
    ],
}  # fmt: skip


def broken(group: str, name: str, method: str, stands_in: Callable[..., Any], **settings: Any) -> Callable[[], Any]:
    """make() of a class that is a shipped one but for a method: stands_in(the method that was there, *arguments)."""
    whole = shipped(group, name, **settings)
    intact = getattr(type(whole), method)

    def replaced(self: Any, *given: Any, **named: Any) -> Any:
        return stands_in(partial(intact, self), *given, **named)

    cls = type("Broken", (type(whole),), {method: replaced, "__module__": __name__})
    return lambda: cls(**dict(whole))


@pytest.mark.parametrize(
    ("group", "check", "name", "method", "stands_in", "complaint"),
    [
        pytest.param(group, *fault, id=f"{group}-{fault[0]}-{fault[-1]}")
        for group, faults in FAULTS.items()
        for fault in faults
    ],
)
def test_a_check_finds_what_is_broken(
    group: str, check: str, name: str, method: str, stands_in: Callable[..., Any], complaint: str,
    files: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(dataset, "QUICK", 0.02 if stands_in is slowly else dataset.QUICK)
    settings = files.get(name, {})
    with pytest.raises(AssertionError, match=complaint):
        CHECKS[group][check](broken(group, name, method, stands_in, **settings))


def test_every_check_is_shown_to_fail() -> None:
    assert {group: {fault[0] for fault in faults} for group, faults in FAULTS.items()} == {
        group: set(checks) for group, checks in CHECKS.items()
    }
