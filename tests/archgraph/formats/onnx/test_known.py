"""What is known of an ONNX value."""

from archgraph.formats.onnx.known import Known


def test_a_file_completes_what_is_not_known_of_a_shape():
    assert Known((1, None, 8)).completed((2, 4, None)).shape == (1, 4, 8)
    assert Known((None, 8)).completed((4,)).shape == (None, 8)
    assert Known().completed((4, None)).shape == (4, None)
