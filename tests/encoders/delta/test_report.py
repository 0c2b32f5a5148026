from encoders.delta.evaluation import evaluate_delta
from encoders.delta.report import write_report


def test_a_report_shows_three_pictures_and_the_figures(predictor, table, tmp_path):
    write_report(tmp_path / "report.html", predictor, evaluate_delta(predictor, table, "acc"))
    text = (tmp_path / "report.html").read_text()
    assert text.count("<svg") == 3
    assert "<td>kendall</td>" in text
    assert "Learned from 60 labelled architectures" in text
