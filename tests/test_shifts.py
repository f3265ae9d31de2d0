"""Shifted test sets: what each shift does to an image, and that it does it again."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch

from hill_exp.dataset.shifts import SHIFTS, shifted
from hill_exp.torchvision_import import import_torchvision
from hill_exp.types import Floats


def under(images: Floats) -> dict[tuple[str, int], Floats]:
    return {(name, severity): copy for name, severity, copy in shifted(images)}


def blobs(n: int, channels: int, side: int) -> Floats:
    """Grey squares on black, off the middle."""
    images = np.zeros((n, channels, side, side), dtype=np.float32)
    images[:, :, side // 4 : side // 2, side // 4 : 3 * side // 4] = 0.8
    return images


@pytest.mark.parametrize("shape", [(1, 8), (3, 8), (1, 28), (3, 32), (3, 4)])
def test_every_shift_keeps_shape_and_range_and_grows_with_severity(shape: tuple[int, int]) -> None:
    images = blobs(6, *shape)
    before = images.copy()
    copies = under(images)
    assert list(copies) == [(name, severity) for name in SHIFTS for severity in (1, 2, 3)]
    assert np.array_equal(images, before)
    for copy in copies.values():
        assert copy.shape == images.shape
        assert copy.dtype == np.float32
        assert 0 <= copy.min() <= copy.max() <= 1
    for name in SHIFTS:
        change = [0, *(np.abs(copies[name, severity] - images).mean() for severity in (1, 2, 3))]
        assert all(less < more for less, more in pairwise(change)), name


def test_an_image_is_shifted_alike_wherever_it_stands() -> None:
    images = np.random.default_rng(0).random((40, 1, 8, 8), dtype=np.float32)
    first, reversed_ = under(images), under(images[::-1].copy())
    assert all(np.array_equal(first[key], reversed_[key][::-1]) for key in first)
    to_the_left = first["rotation", 3][:, 0] - images[:, 0]
    assert len(np.unique(to_the_left.round(3), axis=0)) == 40


def test_each_image_has_a_chance_of_its_own() -> None:
    images = np.repeat(np.random.default_rng(0).random((1, 1, 8, 8), dtype=np.float32), 20, axis=0)
    images += np.linspace(0, 1e-3, 20, dtype=np.float32)[:, None, None, None]
    copies = under(images)
    assert len({tuple((copy > 0.5).ravel()) for copy in copies["noise", 3]}) == 20
    leaning = copies["rotation", 3] - images
    assert 2 <= len(np.unique(leaning[:, 0].round(1).reshape(20, -1), axis=0)) < 20


def test_noise_has_its_deviation() -> None:
    grey = np.full((200, 1, 8, 8), 0.5, dtype=np.float32) + np.arange(200, dtype=np.float32)[:, None, None, None] / 1e5
    assert under(grey)["noise", 1].std() == pytest.approx(0.1, rel=0.05)


def test_contrast_shrinks_to_the_mean_of_the_image() -> None:
    image = np.array([0.2, 0.6], dtype=np.float32).repeat(32).reshape(1, 1, 8, 8)
    for severity, left in enumerate(SHIFTS["contrast"], start=1):
        values = np.unique(under(image)["contrast", severity].round(5))
        assert values == pytest.approx([0.4 - 0.2 * left, 0.4 + 0.2 * left])


def test_blur_spreads_by_a_share_of_the_side() -> None:
    image = np.zeros((1, 1, 33, 33), dtype=np.float32)
    image[0, 0, 16, 16] = 1
    weights: Any = under(image)["blur", 2][0, 0]
    away = np.arange(33) - 16
    assert weights.sum() == pytest.approx(1, abs=1e-4)
    assert np.sqrt((weights.sum(0) * away**2).sum()) == pytest.approx(0.075 * 33, rel=0.02)


def test_rotation_turns_each_image_to_a_side_of_its_own() -> None:
    images = np.zeros((30, 1, 33, 33), dtype=np.float32)
    images[:, 0, 16, 26] = 1 - np.arange(30) / 1000  # 10 pixels right of the middle; no two are the same
    turned = under(images)["rotation", 3][:, 0]
    rows, columns = np.indices((33, 33))
    down = (turned * rows).sum((1, 2)) / turned.sum((1, 2)) - 16
    right = (turned * columns).sum((1, 2)) / turned.sum((1, 2)) - 16
    angles = np.degrees(np.arctan2(-down, right))
    assert np.abs(angles) == pytest.approx(30, abs=2)
    assert 5 < (angles > 0).sum() < 25


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 32, 32), (3, 20, 31)])
def test_a_shift_is_what_torchvision_makes(shape: tuple[int, ...]) -> None:
    import_torchvision()
    from torchvision.transforms.v2 import InterpolationMode, functional

    images = np.random.default_rng(0).random((20, *shape), dtype=np.float32)
    original, copies = torch.from_numpy(images), under(images)
    for severity in (1, 2, 3):
        sigma = SHIFTS["blur"][severity - 1] * min(shape[1:])
        reach = 2 * math.ceil(3 * sigma) + 1
        blurred = functional.gaussian_blur(original, [reach, reach], [sigma, sigma])
        np.testing.assert_allclose(copies["blur", severity], blurred, atol=1e-5)
        faded = functional.adjust_contrast(original, SHIFTS["contrast"][severity - 1])
        np.testing.assert_allclose(copies["contrast", severity], faded, atol=1e-5)
        to_each_side = [
            functional.rotate(original, turn * SHIFTS["rotation"][severity - 1], InterpolationMode.BILINEAR).clamp(0, 1)
            for turn in (1, -1)
        ]
        for image, *turned in zip(copies["rotation", severity], *to_each_side, strict=True):
            assert min(np.abs(image - one.numpy()).max() for one in turned) < 1e-5
