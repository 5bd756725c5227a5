"""What the opinion trunk learns, and from which photos."""

from collections import Counter

import numpy as np
import pytest
import torch

from blemish.models.distortion_model.kinds import kind_of, label_of
from blemish.models.distortion_model.viewed_network import LABELS, ViewedNetwork
from blemish.models.score import ACR_WORDS
from blemish.models.training.viewed_fit import OpinionFit, OpinionSamples, all_labels
from blemish.models.training.viewed_samples import LEAST, UNDAMAGED, _one_of_a_label
from blemish.synth_distort import DISTORTIONS
from blemish.synth_distort.severity import PERCEPTIBLE


@pytest.fixture(scope="module")
def fit():
    """Of three rated photos, two copies and two pristine photos a batch, of which one is blurred."""
    severities = torch.zeros(2, len(DISTORTIONS))
    severities[0, list(DISTORTIONS).index("gaussian_blur")] = 0.6
    samples = OpinionSamples(
        photos=torch.zeros(3, 3, 64, 64, dtype=torch.uint8),
        scores=torch.tensor([20.0, 50.0, 80.0]),
        spreads=torch.full((3,), 15.0),
        labels=torch.full((3, len(LABELS)), torch.nan),
        copies=torch.zeros(2, 3, 64, 64, dtype=torch.uint8),
        severities=severities,
        pristine=torch.zeros(2, 3, 64, 64, dtype=torch.uint8),
        pristine_severities=severities,
    )
    return OpinionFit(ViewedNetwork(), samples, torch.arange(3), copies=2, pristine=2, seed=0)


def test_of_pristine_photos_the_labels_are_learned_and_no_score(fit):
    torch.manual_seed(0)
    outputs = torch.randn(7, len(ACR_WORDS) + len(LABELS), requires_grad=True)
    labels = torch.cat([fit.samples.labels, fit.named, fit.pristine_named])
    fit._loss(outputs, fit.samples.scores, fit.samples.spreads, torch.tensor([40.0, 50.0]), labels).backward()
    assert outputs.grad is not None
    of_scores, of_labels = outputs.grad.split([len(ACR_WORDS), len(LABELS)], dim=1)
    assert bool((of_scores[:3] != 0).any(1).all())
    assert bool((of_scores[5:] == 0).all())
    assert bool((of_labels[5:] != 0).all())  # all is known of them: what was put on, and nothing else
    assert int(of_labels[5:, LABELS.index("blur")].sign().sum()) == 0  # up for the blurred one, down for the other


def test_of_a_photo_with_a_faint_distortion_its_label_is_not_known():
    severities = torch.zeros(1, len(DISTORTIONS))
    severities[0, list(DISTORTIONS).index("jpeg")] = PERCEPTIBLE / 2
    known = ~all_labels(severities)[0].isnan()
    assert known.tolist() == [label != "other" for label in LABELS]


def test_half_of_the_pristine_copies_have_no_damage_and_each_label_is_as_likely():
    generator = np.random.default_rng(0)
    drawn = [_one_of_a_label(generator) for _ in range(3000)]
    damaged = [next(iter(one.items())) for one in drawn if one]
    assert len(damaged) == pytest.approx(3000 * (1 - UNDAMAGED), abs=120)
    counted = Counter(label_of(kind_of(name)) for name, _ in damaged)
    assert set(counted) == set(LABELS)
    assert max(counted.values()) < 1.4 * min(counted.values())
    assert min(severity for _, severity in damaged) >= LEAST
