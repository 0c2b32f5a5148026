"""What the demo says of itself."""

from search.demo.demo import METHODS, DemoConfig
from search.demo.story import FIRST, UNITS, accuracy_noise, correlation_noise, story
from supernet import load_images


def results(**tests):
    winners = {
        name: {"search_validation_loss": 1 - value, "test_accuracy": [value, value]} for name, value in tests.items()
    }
    correlation = {"agreement": {"loss": []}, "choices": [], "paths": 0}
    return {"winners": winners, "correlation": correlation, "test_images": 360, "classes": 10}


def test_the_first_lines_are_those_of_the_settings():
    config, images = DemoConfig(), load_images("digits")
    cells = 342
    assert f"{sum(map(len, images.parts.values())):,} handwritten digits" in FIRST
    assert (config.space, f"{cells} small cells" in FIRST) == ("dag:1-5", True)
    assert f"ranks {config.ranked**config.fade.rows} networks; {config.sampled_paths} of them" in FIRST
    assert f"among {cells**config.fade.rows // 10**6} million networks" in FIRST
    assert config.final_seeds == 3
    assert str(config.sampled_paths) in UNITS["ground truth"]
    assert set(METHODS) < set(UNITS)


def test_differences_below_the_noise_are_no_lead():
    said = " ".join(story(results(fade=0.92, random=0.90, tpe=0.93)))
    assert "tpe found the network of the lowest validation loss" in said
    assert "on test no method is ahead of another" in said
    assert "guessing among 10 classes gives 10 %" in said


def test_a_lead_beyond_the_noise_is_one():
    assert "fade is ahead of random." in " ".join(story(results(fade=0.95, random=0.80, tpe=0.94)))


def test_noise_falls_with_the_root_of_how_much_there_is():
    assert abs(accuracy_noise(0.9, 400) / accuracy_noise(0.9, 100) - 0.5) < 1e-12
    assert abs(correlation_noise(401) / correlation_noise(101) - 0.5) < 1e-12
