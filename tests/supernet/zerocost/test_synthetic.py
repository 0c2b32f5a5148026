import torch

from supernet.zerocost.synthetic import synthetic_images


def test_images_are_of_six_classes_in_turn():
    images, labels = synthetic_images(3)
    assert images.shape == (30, 3, 8, 8)
    assert labels.tolist() == [i % 6 for i in range(30)]
    assert torch.equal(images, synthetic_images(3)[0])
    assert not torch.equal(images, synthetic_images(4)[0])


def test_images_of_a_class_are_closer_than_those_of_others():
    images, labels = synthetic_images(0)
    spectra = torch.fft.rfft2(images).abs().flatten(1)  # a grating keeps its frequency wherever it begins
    spectra = torch.nn.functional.normalize(spectra, dim=1)
    alike = spectra @ spectra.T
    same = labels[:, None] == labels
    assert alike[same & ~torch.eye(30, dtype=torch.bool)].mean() > alike[~same].mean()
