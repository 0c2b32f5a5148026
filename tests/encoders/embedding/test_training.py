import pytest

from archgraph import InputError
from encoders import PretrainConfig, load_encoder, train_encoder

QUICK = PretrainConfig(latent=4, steps=4, batch_size=16, pairs=20, look_every=2)


def test_graphs_name_their_space_and_the_folder_holds_what_is_given_back(space, members, tmp_path):
    seen = []
    made = train_encoder(tmp_path / "e", [members[:80]], config=QUICK, progress=lambda done, losses: seen.append(done))
    assert [space.name for space in made.spaces] == [space.name]
    assert len(made.generator.centers) <= 10
    assert load_encoder(tmp_path / "e").generator.members.hashes() == members[:80].hashes()
    assert seen[-1] == 4
    assert [path.name for path in tmp_path.iterdir()] == ["e"]


def test_without_graphs_the_members_of_the_spaces_are_trained_on(tmp_path):
    made = train_encoder(tmp_path / "e", spaces=["dag:1-4"], config=QUICK, buckets=3)
    assert set(made.generator.members.space) == {"dag:1-4"}
    assert len(made.generator.centers) <= 3


def test_graphs_of_no_known_space_are_learned_from_too(members, tmp_path):
    members = members[:40]
    unknown = type(members).from_graphs(list(members), space="of my own")
    assert not train_encoder(tmp_path / "e", [unknown], config=QUICK).pretrained.decoders


def test_nothing_to_train_on_is_refused(tmp_path):
    with pytest.raises(InputError, match="give files of graphs"):
        train_encoder(tmp_path / "e")
