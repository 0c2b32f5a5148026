from encoders.delta.evaluation import evaluate_delta
from encoders.delta.report import parts, write_report


def test_a_report_shows_three_pictures_and_the_figures(predictor, table, tmp_path):
    write_report(tmp_path / "report.html", predictor, evaluate_delta(predictor, table, "acc"))
    text = (tmp_path / "report.html").read_text()
    assert text.count("<svg xmlns") == 3
    assert "<td>kendall</td>" in text
    assert "Learned from 60 labelled architectures" in text


def test_a_report_tells_a_story(predictor, table, tmp_path):
    write_report(tmp_path / "report.html", predictor, evaluate_delta(predictor, table, "acc"))
    text = (tmp_path / "report.html").read_text()
    heads = ("How good is it?", "Where does it err?", "How sure is it?", "What next?")
    assert [text.index(head) for head in heads] == sorted(text.index(head) for head in heads)
    assert "if all are said to be the median" in text
    assert "archgraph delta suggest" in text


def test_the_parts_of_the_values_hold_all_of_them(predictor, table):
    evaluation = evaluate_delta(predictor, table, "acc")
    found = parts(evaluation)
    assert sum(count for *_, count in found) == evaluation.rows
    mean = sum(error * count for _, error, _, count in found) / evaluation.rows
    assert abs(mean - evaluation.mean_error) < 1e-9
