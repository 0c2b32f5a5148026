import json

import torch
from torch import nn

from supernet.export.deployment import DeployedNetwork, Deployment
from supernet.images.preprocessing import Preprocessing

FORM = Preprocessing(channels=3, height=6, width=8, mean=(0.1, 0.5, 0.9), deviation=(0.2, 0.3, 0.4), depth=4095)


def test_facts_are_json_and_name_all_that_a_reader_needs():
    facts = {name: json.loads(text) for name, text in Deployment(("äpfel", "dog"), FORM).texts().items()}
    assert facts["classes"] == ["äpfel", "dog"]
    assert (facts["size"], facts["channels"], facts["mode"], facts["white"]) == ([6, 8], 3, "RGB", 4095)
    assert "bilinear" in facts["preprocessing"]
    assert "[N, 3, 6, 8], 0 to 1" in facts["input"]


def test_a_deployed_network_standardises_as_training_did():
    pixels = torch.randint(0, 256, (2, 3, 6, 8), dtype=torch.uint8)
    found = DeployedNetwork(nn.Flatten(), FORM)(pixels.float() / 255)
    torch.testing.assert_close(found, FORM.standardise(pixels).flatten(1), atol=1e-5, rtol=1e-5)


def test_without_preprocessing_images_go_in_as_they_come():
    network = DeployedNetwork(nn.Flatten())
    assert not network.state_dict()
    torch.testing.assert_close(network(torch.ones(1, 3, 6, 8)), torch.ones(1, 144))
