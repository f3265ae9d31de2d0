"""The contract of an encoder, as checks that any class can be run through.

    from hill_exp.testing.encoder import CHECKS

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_my_encoder(check, tmp_path):
        check(lambda: MyEncoder(size=64, train="none", cache=tmp_path))

Each check makes its own encoders by calling `make()`, and says by an AssertionError what is broken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Final

import numpy as np

from hill_exp.encoder import Encoder
from hill_exp.testing import global_generators_at
from hill_exp.types import NO_CLASS, Canvas, Cards, Labelled, Sample, Shifted

Make = Callable[[], Encoder]

POINTS = 11  # more than one batch of most encoders, and no multiple of it
SIDE = 12  # pixels


def sample(channels: int = 3) -> Sample:
    """Images of noise, no two alike; one shifted copy, which is the test set itself."""
    rng = np.random.default_rng(0)

    def part() -> Labelled:
        images = rng.random((POINTS, channels, SIDE, SIDE), dtype=np.float32)
        labels = np.arange(POINTS) % 2
        return Labelled(images, labels, np.full(POINTS, NO_CLASS), np.array([f"image {n}" for n in range(POINTS)]))

    canvas, test = part(), part()
    return Sample(
        ("cat", "dog"),
        Canvas(
            **vars(canvas), observed=canvas.labels, reserved=canvas.labels < 0, cards=Cards.of_images(canvas.inputs)
        ),
        part(),
        test,
        lambda: (Shifted("none", 1, test.inputs, test.labels),),
    )


def parts(of: Sample) -> dict[str, Labelled]:
    """Name -> part."""
    return {"canvas": of.canvas, "validation": of.validation, "test": of.test}


def gives_a_row_of_features_for_each_image(make: Make) -> None:
    """Features (n, ...) float32, finite, of one shape in all parts, which tell images apart; grey images too."""
    for channels in (3, 1):
        encoded = make().encoded(sample(channels))
        shape = encoded.canvas.inputs.shape[1:]
        for name, part in parts(encoded).items():
            features = part.inputs
            assert features.dtype == np.float32, f"{name}: features are {features.dtype}, not float32"
            assert features.shape[1:] == shape, f"{name}: features have shape {features.shape[1:]}, not {shape}"
            assert np.isfinite(features).all(), f"{name}: features are not finite"
            different = len(np.unique(features.reshape(POINTS, -1), axis=0))
            assert different == POINTS, f"{name}: {POINTS} images have {different} different features"


def encoding_is_deterministic(make: Make) -> None:
    """The same sample has the same features, whatever the global random state, which is left as it was."""
    make().encoded(sample())  # a library that is imported on first use may draw
    features = []
    for state in range(2):
        with global_generators_at(state, "encoded"):
            features.append([part.inputs.tobytes() for part in parts(make().encoded(sample())).values()])
    assert features[0] == features[1], "the features are not a function of the sample"


def the_image_alone_decides(make: Make) -> None:
    """An image's features are the same, to the last bit, whatever the others are, how many, and in which order."""
    before = make().encoded(sample()).canvas.inputs
    order = np.random.default_rng(1).permutation(POINTS)
    for rows, what in ((order, "in another order"), (order[:3], "among fewer"), (order[:1], "alone")):
        whole = sample()
        of = whole.canvas
        some = Canvas(
            **{field.name: getattr(of, field.name)[rows] for field in fields(Labelled)},
            observed=of.observed[rows],
            reserved=rows < 0,
            cards=Cards.blank(len(rows)),
        )
        after = make().encoded(replace(whole, canvas=some)).canvas.inputs
        assert np.array_equal(after, before[rows]), f"an image {what} has other features"


def nothing_but_the_inputs_changes(make: Make) -> None:
    """Names, labels, groups, observed labels, cards and classes stay what they are; so do the images given."""
    given, untouched = sample(), sample()
    encoded = make().encoded(given)
    for name, part in parts(encoded).items():
        before = parts(untouched)[name]
        for field in fields(Labelled)[1:]:
            same = np.array_equal(getattr(part, field.name), getattr(before, field.name))
            assert same, f"{name}: the encoder changes {field.name}"
        assert np.array_equal(parts(given)[name].inputs, before.inputs), f"{name}: the images are written to"
    assert encoded.classes == untouched.classes, "the encoder changes classes"
    assert np.array_equal(encoded.canvas.observed, untouched.canvas.observed), "the encoder changes observed"
    assert encoded.canvas.cards is given.canvas.cards, "a person sees other cards than the images' own"


def shifted_copies_are_encoded(make: Make) -> None:
    """Shifted copies have features like any image, and are made when first asked for."""
    whole, asked = sample(), list[int]()

    def copies() -> tuple[Shifted, ...]:
        asked.append(1)
        return whole.shifted()

    encoded = make().encoded(replace(whole, shifted=copies))
    assert not asked, "shifted copies are made before anybody asks"
    (before,), (after,) = whole.shifted(), encoded.shifted()
    assert (after.shift, after.severity) == (before.shift, before.severity), "a shifted copy is of another shift"
    assert np.array_equal(after.labels, before.labels), "a shifted copy has other labels"
    assert np.array_equal(after.inputs, encoded.test.inputs), "a shifted copy is not encoded as the test images are"


def what_is_trained_is_a_copy_of_the_pretrained(make: Make) -> None:
    """What is trained with the model has its weights from elsewhere, the same each time and each copy its own; it gives
    the same in training as in evaluation, a vector a point where the encoder gives vectors, writes nothing to what it
    is given, and every weight has a gradient."""
    import torch

    with global_generators_at(0, "trained"):
        first = make().trained()
    with global_generators_at(1, "trained"):
        second = make().trained()
    inputs = make().encoded(sample()).canvas.inputs
    vectors = inputs
    if first is not None and second is not None:
        pairs = list(zip(first.state_dict().values(), second.state_dict().values(), strict=True))
        assert all(torch.equal(a, b) for a, b in pairs), "the weights hang on chance: they are not pretrained"
        shared = {a.data_ptr() for a in first.parameters()} & {b.data_ptr() for b in second.parameters()}
        assert not shared, "two copies share their weights: what one participant trains, the next would have"
        x = torch.from_numpy(inputs.copy())
        y = first.train()(x)
        assert torch.equal(first.train()(x), y), "it gives something else the second time, in training"
        assert torch.equal(first.eval()(x), y), "it gives something else in evaluation than in training"
        assert np.array_equal(x.numpy(), inputs), "it writes to the features that it is given"
        # Of a certain direction: a sum could be constant, as that of a normalised vector is.
        (y.flatten(1) @ torch.linspace(1, 2, y[0].numel())).sum().backward()
        idle = [name for name, values in first.named_parameters() if values.grad is None or not values.grad.any()]
        assert not idle, f"no gradient reaches {', '.join(idle)}"
        vectors = y.detach().numpy()
    assert vectors.ndim == 2 or not make().gives_vectors, f"the model is given {vectors.shape[1:]}, no vectors"


CHECKS: Final[tuple[Callable[[Make], None], ...]] = (
    gives_a_row_of_features_for_each_image,
    encoding_is_deterministic,
    the_image_alone_decides,
    nothing_but_the_inputs_changes,
    shifted_copies_are_encoded,
    what_is_trained_is_a_copy_of_the_pretrained,
)


def check_encoder(make: Make) -> None:
    """All checks."""
    for check in CHECKS:
        check(make)
