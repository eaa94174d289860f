"""The slight net: less work, nearly the same answers to what it usually sees; made once, and kept in a file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.slight_net import __main__ as command
from benchmarks.slight_net.dead_leaves import dead_leaves
from benchmarks.slight_net.low_rank import cut_down
from recognizer.errors import WeightsError
from recognizer.vision.engines.cnn_detector import CnnDetector
from recognizer.vision.nets import slight_net
from recognizer.vision.nets.dlib_format import Convolution, Floats
from recognizer.vision.nets.networks import MEAN_RGB, Model, detector_layers, detector_model, run_on_cpu
from recognizer.vision.nets.weights import load_net


def leaves(count: int, seed: int = 0) -> list[Floats]:
    return [picture - MEAN_RGB for picture in dead_leaves(count, 128, seed)]


def layers() -> list[Convolution]:
    return detector_layers(load_net("mmod_human_face_detector.dat"))


def scores(model: Model, pictures: list[Floats]) -> Floats:
    (answers,) = run_on_cpu(model, 1).run(None, {"images": np.stack(pictures).transpose(0, 3, 1, 2)})
    return np.asarray(answers[:, 0], np.float32)


def test_at_full_rank_the_answers_stay_the_same() -> None:
    # Striding and padded ones alike: a kernel of 5 x 5 with 16 channels before it has at most 80 ranks.
    whole, pairs = layers(), cut_down(layers(), {1: 80, 3: 160, 5: 225}, leaves(2))

    shown = leaves(2, seed=1)
    assert scores(detector_model(whole, pairs), shown) == pytest.approx(scores(detector_model(whole), shown), abs=1e-3)


def test_a_pair_of_lower_rank_is_less_work() -> None:
    (columns, rows) = cut_down(layers(), {4: 40}, leaves(1))[4]

    assert columns.weight.shape == (40, 45, 5, 1)
    assert rows.weight.shape == (45, 40, 1, 5)
    assert columns.weight.size + rows.weight.size < layers()[4].weight.size / 2


def test_what_the_layers_see_tells_what_to_keep() -> None:
    whole, ranks, shown = layers(), {1: 24, 2: 40}, leaves(3, seed=1)
    wanted = scores(detector_model(whole), shown)

    # Of what changes from pixel to pixel the next layers see little.
    chance = np.random.default_rng(0)
    noise = [chance.normal(0, 50, (128, 128, 3)).astype(np.float32) for _ in range(3)]
    by_noise = scores(detector_model(whole, cut_down(whole, ranks, noise)), shown)
    by_leaves = scores(detector_model(whole, cut_down(whole, ranks, leaves(3))), shown)

    assert np.abs(by_leaves - wanted).mean() < 0.7 * np.abs(by_noise - wanted).mean()


def test_nothing_is_cut_where_nothing_is_asked_for() -> None:
    assert cut_down(layers(), {}, leaves(1)) == {}


def test_dead_leaves_are_the_same_for_the_same_seed() -> None:
    one, same, other = dead_leaves(1, 64), dead_leaves(1, 64), dead_leaves(1, 64, seed=1)

    assert one[0].shape == (64, 64, 3)
    assert one[0].dtype == np.uint8
    assert np.array_equal(one[0], same[0])
    assert not np.array_equal(one[0], other[0])


def test_dead_leaves_are_alike_at_every_scale_as_photos_are() -> None:
    """Power falls with the square of the frequency (Field, 1987), save where blur and noise begin."""
    power = np.zeros((256, 256))
    for picture in dead_leaves(6, 256):
        grey = picture.mean(axis=2)
        power += np.abs(np.fft.fft2(grey - grey.mean())) ** 2
    frequencies = np.hypot(*np.meshgrid(np.fft.fftfreq(256), np.fft.fftfreq(256)))
    octaves = [2.0**step for step in range(-7, -3)]
    bands = [power[(frequencies >= low) & (frequencies < 2 * low)].mean() for low in octaves]

    slope = np.polyfit(np.log(octaves), np.log(bands), 1)[0]
    assert -3.0 < slope < -1.5


def test_the_file_holds_what_dlibs_weights_give() -> None:
    kept = slight_net.load_pairs(layers())
    made = command.made_pairs()
    assert command.largest_difference(made, kept) <= command.SAME_WEIGHTS
    # The measure can fail: one rank less is another net.
    pictures = [picture - MEAN_RGB for picture in dead_leaves(command.PICTURES, command.PICTURE_PIXELS)]
    other = cut_down(layers(), {index: rank - 1 for index, rank in command.RANKS.items()}, pictures)
    assert command.largest_difference(other, kept) > 10 * command.SAME_WEIGHTS


def test_the_command_writes_a_file_that_the_detector_can_use(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(slight_net, "PATH", tmp_path / "slight_net.npz")
    monkeypatch.setattr(command, "PICTURES", 1)
    monkeypatch.setattr(sys, "argv", ["slight_net"])
    command.main()
    # The SHA-256 is the line's last word; another machine may round a weight differently.
    digest = capsys.readouterr().out.splitlines()[0].rstrip(".").split()[-1]
    monkeypatch.setattr(slight_net, "SHA256", digest)
    assert set(slight_net.load_pairs(layers())) == set(command.RANKS)
    monkeypatch.setattr(sys, "argv", ["slight_net", "--check"])
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert not ended.value.code


@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda content: content + b"x", lambda content: b""])
def test_a_damaged_net_file_is_named_and_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    damaged = tmp_path / "slight_net.npz"
    damaged.write_bytes(damage(slight_net.PATH.read_bytes()))
    monkeypatch.setattr(slight_net, "PATH", damaged)
    with pytest.raises(WeightsError, match=r"slight_net\.npz is damaged, or another one: install Rollcall again"):
        CnnDetector(80)


def test_a_missing_net_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(slight_net, "PATH", tmp_path / "slight_net.npz")
    with pytest.raises(WeightsError, match=r"slight_net\.npz is missing: install Rollcall again"):
        CnnDetector(80)
