"""Pretrained encoders: what is kept on disk, how networks are cut, and the sentences for what cannot be had."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.error import URLError

import numpy as np
import pytest
import torch
from conftest import TINY, condition_of, marks
from encoders import seeded, without_downloads
from images import levels, write_images
from torch import nn

from hill_exp.cache_folder import cache_folder
from hill_exp.config import build, compose
from hill_exp.encoder import pretrained
from hill_exp.encoder.cache import FeatureCache, Row, key
from hill_exp.encoder.network import BATCH, Network, halves, without_classifier
from hill_exp.encoder.pretrained import Pretrained
from hill_exp.loop.parts import BASES, Parts
from hill_exp.study import job
from hill_exp.study.check import check_data
from hill_exp.study.job import participate
from hill_exp.testing.encoder import sample
from hill_exp.torchvision_import import import_torchvision
from hill_exp.types import Floats, UserError


class Tiny(Pretrained):
    """A network of two convolutions."""

    choice = "tiny"

    def network(self) -> Network:
        return seeded(
            lambda: Network(
                nn.Conv2d(3, 4, 3, stride=4),
                nn.Sequential(nn.Conv2d(4, 5, 3), nn.BatchNorm2d(5), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
            )
        )


@pytest.fixture
def tiny_encoder(tmp_path: Path) -> Tiny:
    return Tiny(size=32, train="none", cache=tmp_path / "features")


@pytest.fixture(autouse=True)
def _nothing_is_loaded() -> None:
    pretrained._loaded.cache_clear()
    pretrained._cache.cache_clear()


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many images each call of a network was for."""
    calls: list[int] = []
    features = Network.features

    def counted(self: Network, images: Floats, size: int, maps: bool) -> list[Row]:
        calls.append(len(images))
        return features(self, images, size, maps)

    monkeypatch.setattr(Network, "features", counted)
    return calls


def shipped(choice: str, **changes: Any) -> Any:
    return build({**compose.settings("encoder", choice, "encoder"), **changes}, "encoder", BASES["encoder"])


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_an_image_is_computed_once(tiny_encoder: Tiny, computed: list[int]) -> None:
    """Shifted copies too: here one, which is the test set."""
    first = tiny_encoder.encoded(sample())
    first.shifted()
    assert computed == [11, 11, 11]
    pretrained._cache.cache_clear()  # as in another process
    again = tiny_encoder.encoded(sample())
    assert len(computed) == 3
    assert np.array_equal(again.canvas.inputs, first.canvas.inputs)


def test_the_same_image_twice_is_computed_once(tiny_encoder: Tiny, computed: list[int]) -> None:
    images = sample().test.inputs
    features = tiny_encoder.features(np.concatenate([images, images]))
    assert computed == [11]
    assert np.array_equal(features[:11], features[11:])


@pytest.mark.parametrize("change", [{"size": 40}, {"train": "last_block"}])
def test_other_settings_have_other_features(tiny_encoder: Tiny, change: Any, computed: list[int]) -> None:
    tiny_encoder.encoded(sample())
    tiny_encoder.model_copy(update=change).encoded(sample())
    assert computed == [11] * 6
    assert tiny_encoder.cache is not None
    assert len(list(tiny_encoder.cache.glob("tiny-*.sqlite"))) == 2


def test_features_do_not_hang_on_the_batch(tiny_encoder: Tiny) -> None:
    images = np.random.default_rng(0).random((3 * BATCH + 1, 3, 8, 8), dtype=np.float32)
    network = tiny_encoder.network()
    whole = network.features(images, 32, maps=False)
    parts = [row for n in (5, 12, 8) for row in network.features(images[:n], 32, maps=False)[-1:]]
    assert all(np.array_equal(whole[n - 1], row) for n, row in zip((5, 12, 8), parts, strict=True))
    assert whole[0].dtype == np.float16 and whole[0].shape == (5,)


def test_the_content_of_an_image_is_its_key() -> None:
    image = np.zeros((1, 4, 4), np.float32)
    keys = {key(image), key(image.reshape(1, 2, 8)), key(np.zeros((3, 4, 4), np.float32)), key(image + 1)}
    assert len(keys) == 4
    assert key(image) == key(np.zeros((2, 1, 4, 4), np.float32)[1])


def test_the_users_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "hill_exp"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "hill_exp"


def writes(file: Path, start: int) -> None:
    kept = FeatureCache(file)
    for n in range(start, start + 40):
        kept.write({str(n).encode(): np.full((2, 3), n, np.float16)})
    kept.check()


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    """Half of the rows by both."""
    with ProcessPoolExecutor(2, get_context("forkserver")) as pool:
        for done in [pool.submit(writes, tmp_path / "f.sqlite", start) for start in (0, 20)]:
            done.result()
    rows = FeatureCache(tmp_path / "f.sqlite").read([str(n).encode() for n in range(70)])
    assert sorted(map(int, rows)) == list(range(60))
    assert all(np.array_equal(row, np.full((2, 3), int(n))) for n, row in rows.items())


def test_a_row_that_is_there_already_hinders_no_other(tmp_path: Path) -> None:
    kept = FeatureCache(tmp_path / "f.sqlite")
    kept.write({b"old": np.zeros(2, np.float16)})
    kept.write({b"old": np.ones(2, np.float16), b"new": np.ones(3, np.float16)})
    assert {image: row.tolist() for image, row in kept.read([b"old", b"new"]).items()} == {
        b"old": [0, 0],
        b"new": [1] * 3,
    }


def no_database(file: Path) -> None:
    file.write_bytes(b"no database" * 500)


def other_table(file: Path) -> None:
    with sqlite3.connect(file) as db:
        db.execute("CREATE TABLE features (image BLOB)")
    db.close()


def torn_row(file: Path) -> None:
    FeatureCache(file).write({key(image): np.zeros(5, np.float16) for image in sample().canvas.inputs})
    with sqlite3.connect(file) as db:
        db.execute("UPDATE features SET value = x'00'")
    db.close()


@pytest.mark.parametrize("harm", [no_database, other_table, torn_row])
def test_a_file_that_is_no_cache_is_done_without(
    tiny_encoder: Tiny, harm: Any, computed: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    whole = tiny_encoder.model_copy(update={"cache": tiny_encoder.cache / "other"}).encoded(sample())
    file = pretrained._cache(tiny_encoder)._file
    file.parent.mkdir(exist_ok=True)
    harm(file)
    computed.clear()
    assert np.array_equal(tiny_encoder.encoded(sample()).canvas.inputs, whole.canvas.inputs)
    assert computed == [11, 11, 11]
    assert caplog.text == ""


def test_where_nothing_can_be_kept_one_warning_is_given(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    encoder = Tiny(size=32, train="none", cache=tmp_path / "file")
    encoder.check()
    encoder.encoded(sample())
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "encoder.cache: " in caplog.text and "features are computed anew" in caplog.text


def test_where_features_are_kept_makes_no_other_condition(tmp_path: Path) -> None:
    pytest.importorskip("efficientnet_lite_pytorch", reason="the extra encoders is not installed")
    contents = {
        condition_of(
            "+user=oracle", "encoder=efficientnet_lite0", f"encoder.cache={cache}", f"encoder.size={size}"
        ).content
        for cache, size in (("null", 160), (tmp_path, 160), (tmp_path, 96))
    }
    assert len(contents) == 2


# --- networks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "at_last"),
    [
        ("resnet18", "layer4.0.conv1"),
        ("mobilenet_v3_small", "features.0.block.0.0"),
        ("efficientnet_b0", "features.0.0.block.0.0"),
        ("convnext_tiny", "features.0.0.block.0"),
        ("regnet_y_400mf", "trunk_output.0.block4-0.proj.0"),
        ("vgg11", None),
        ("densenet121", None),
    ],
)
def test_where_the_last_block_begins(name: str, at_last: str | None) -> None:
    models = import_torchvision().models
    net = seeded(lambda: models.get_model(name, weights=None)).eval()
    assert without_classifier(net)
    front, last = halves(net, 64)
    if at_last is None:
        assert front is net and last is None
        return
    assert last is not None
    assert next(n for n, m in last.named_modules() if isinstance(m, nn.Conv2d)) == at_last
    image = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        assert torch.allclose(last(front(image)), net(image), rtol=1e-3, atol=1e-4)


def test_halves_that_do_not_make_the_whole_are_not_taken() -> None:
    class Skips(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem = nn.Conv2d(3, 4, 1)
            self.blocks = nn.Sequential(nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            stem = self.stem(x)
            return (self.blocks(stem) + stem).mean((2, 3))

    net = seeded(Skips)
    assert halves(net, 32) == (net, None)


# --- what cannot be had -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "extra"), [("efficientnet_lite0", "encoders"), ("timm", "timm")])
def test_a_missing_extra_is_told(name: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretrained, "find_spec", lambda _name: None)
    with pytest.raises(UserError, match=rf"encoder={name} needs .* Install it with: sh setup.sh {extra}$"):
        shipped(name)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "resnet81"}, r"encoder.name: there is no 'resnet81'. Did you mean resnet18\? Allowed: alexnet, .*"),
        ({"name": "squeezenet1_1"}, "encoder.name = squeezenet1_1: its classifier is no linear layer"),
        ({"name": "densenet121", "train": "last_block"}, "where the last block of densenet121 begins"),
        ({"name": "vit_b_32", "size": 160}, "encoder.size = 160: vit_b_32 takes no images of this size"),
    ],
)
def test_a_network_that_will_not_do_is_told(
    changes: Any, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before any participant is run."""
    without_downloads(monkeypatch)
    write_images(tmp_path, levels(30))
    settings = [f"encoder.{key}={value}" for key, value in {"size": 64, "cache": tmp_path, **changes}.items()]
    small = ["dataset.canvas_points=20", "dataset.validation_points=10", "dataset.test_points=null"]
    images = ["dataset=image_folder", f"dataset.root={tmp_path}", *small]
    condition = condition_of("+user=none", *images, "encoder=torchvision", *settings)
    with pytest.raises(UserError, match=sentence):
        check_data(Parts.of(condition.resolved))


@pytest.mark.parametrize("name", [pytest.param("resnet81", marks=marks("timm"))])
def test_a_name_that_timm_lacks_is_told(name: str) -> None:
    with pytest.raises(UserError, match=r"encoder.name = resnet81: timm has no weights .* as res\S+, res\S+, res\S+$"):
        shipped("timm", name=name).check()


def test_without_a_network_one_sentence_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))

    def offline(*_: Any, **__: Any) -> None:
        raise URLError("no route to host")

    monkeypatch.setattr(torch.hub, "download_url_to_file", offline)
    with pytest.raises(
        UserError, match=r"encoder.name = resnet18: .* no route to host.*; put resnet18-\w+.pth"
    ) as told:
        shipped("torchvision").check()
    assert f"into {tmp_path}/hub/checkpoints, or use encoder=efficientnet_lite0" in str(told.value)
    assert str(told.value).count("\n") == 0


# --- the whole --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("train", ["none", "last_block"])
@pytest.mark.parametrize("name", [pytest.param("efficientnet_lite0", marks=marks("efficientnet_lite0")), "torchvision"])
def test_a_model_learns_from_features(name: str, train: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of a network of chance; twice the same, by what was computed and by what was kept."""
    without_downloads(monkeypatch)
    condition = condition_of(
        "+user=oracle", *TINY, "projection=pca", f"encoder={name}", f"encoder.train={train}", "encoder.size=32",
        f"encoder.cache={tmp_path}", "dataset.shifted_points=10", "training.epochs=12",
    )  # fmt: skip
    first = participate(condition, 0, 0, lambda *_: None)
    job._sample.cache_clear()
    again = participate(condition, 0, 0, lambda *_: None)
    assert first.metrics["test_accuracy"] > 0.2  # of ten classes
    assert (first.epochs, first.confusion) == (again.epochs, again.confusion)
    assert condition.label == f"digits-{name}-mlp-contrastive-oracle"
