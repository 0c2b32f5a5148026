"""Rows of the demo's tables; its page is tested with the demo itself."""

from search.demo.report import agreement_rows, winner_rows

RESULTS = {
    "winners": {
        "fade": {
            "trials": 3,
            "search_validation_loss": 0.12345,
            "validation_accuracy": [0.5, 0.7],
            "test_accuracy": [0.25, 0.25],
            "architecture": "1:|2:0-1",
        }
    },
    "correlation": {
        "agreement": {
            "accuracy": [{"score": "depth", "spearman": 0.5, "kendall": 0.25}],
            "loss": [{"score": "depth", "spearman": -0.5, "kendall": float("nan")}],
        }
    },
}


def test_a_winner_is_a_row_of_means_and_deviations():
    [row] = winner_rows(RESULTS)
    assert (row["method"], row["trials"], row["loss"]) == ("fade", 3, "0.1235")
    assert (row["validation"], row["test"]) == ("0.6000 ± 0.1414", "0.2500 ± 0.0000")


def test_an_agreement_that_is_not_defined_is_left_empty():
    assert agreement_rows(RESULTS) == [{"score": "depth", "values": ["0.50", "0.25", "-0.50", ""]}]
