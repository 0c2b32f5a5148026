"""Studies as they live on clusters, on SQLite, a journal and PostgreSQL: failures, Optuna's own doors, the same data,
costs that do not grow, and passwords that nobody sees.

Workers that are killed, on other machines and in containers, are in `test_clusters`.
"""

import json
import shutil
import uuid
from functools import partial
from itertools import pairwise
from urllib.parse import quote

import optuna
import pytest
import yaml
from optuna.storages.journal import JournalStorage
from optuna.trial import TrialState
from picture_files import write_folder
from postgresql import new_database
from small_searches import SPACE, Made, table
from sqlalchemy import event

from archgraph import InputError, spaces
from archgraph._compat import storage_of
from archgraph.cli.main import run as archgraph
from archgraph.errors import ArchGraphError
from archgraph.seeds import derive_seed
from archgraph.storages.opening import open_storage
from archgraph.storages.study import open_study
from encoders.embedding.buckets import BucketGenerator
from encoders.embedding.checkpoint import EncoderCheckpoint
from encoders.embedding.pretrain import PretrainConfig, pretrain
from search.comparison.runs import read_runs
from search.loop import run_study
from search.methods import make
from search.objectives.base import Objective
from search.objectives.evaluation import Evaluation
from search.parameters import distributions
from search.problem import Problem, Search
from search.run import run_search
from search.studies.study import ARCHITECTURE, HASH

QUICK = {"epochs": 1, "batch_size": 32}


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


class TwoNone(Objective):
    """A number made of the hash; of cells with two `none` NaN, or an exception where there are three."""

    space, names, directions = spaces.get("nasbench201"), ("made",), ("minimize",)

    def __call__(self, architectures, seeds):
        return [self.one(a) for a in architectures]

    def one(self, architecture):
        if architecture.native.count("none") > 2:
            raise RuntimeError("out of memory")
        if architecture.native.count("none") == 2:
            return Evaluation((float("nan"),))
        return Evaluation((derive_seed(0, architecture.hash) / 2**32,), gmacs=1.0)


def studied(url, name="s"):
    return optuna.load_study(study_name=name, storage=open_storage(url))


def search(url, made, trials, method="random"):
    settings = {"method": method, "space": made.space.name, "objective": "mine", "metrics": list(made.names)}
    study = open_study(url, "s", settings, made.directions)
    run_study(study, make(method, made.space), made, 0, lambda begun: len(begun) >= trials)
    return study


def command(*arguments):
    with pytest.raises(SystemExit) as stopped:
        archgraph([str(a) for a in arguments])
    return stopped.value.code


@pytest.mark.parametrize("method", ["random", "delta"])
def test_an_architecture_that_fails_is_recorded_and_never_asked_for_again(method, storage_url):
    for trials in (10, 20):  # started again once
        study = search(storage_url, TwoNone(), trials, method)
    failed = [trial for trial in study.trials if trial.state == TrialState.FAIL]
    assert len(study.trials) == 20
    assert 0 < len(failed) < 20
    for trial in failed:
        nones = trial.user_attrs[ARCHITECTURE].count("none")
        said = "its value is no finite number, but nan" if nones == 2 else "RuntimeError: out of memory"
        assert trial.user_attrs["reason"] == said
    hashes = [trial.user_attrs[HASH] for trial in study.trials]
    assert len(set(hashes)) == len(hashes)
    [problem] = read_runs([storage_url])
    assert [len(run.failures) for run in problem.runs] == [len(failed)]


def test_a_training_that_diverges_is_a_failed_trial_with_its_reason(storage_url):
    wild = Problem.of("dag:1-3", "train:digits", rows=2, width=4, train_size=64, recipe=QUICK | {"learning_rate": 1e30})
    for _ in range(2):
        with pytest.raises(ArchGraphError, match=r"^all 2 evaluations of study 'random-0' failed: .*diverged"):
            run_search(wild, Search("random"), 2, storage_url)
    trials = studied(storage_url, "random-0").trials
    assert [trial.state.name for trial in trials] == ["FAIL", "FAIL"]
    assert all("diverged" in trial.user_attrs["reason"] for trial in trials)


def test_of_a_study_file_with_a_problem_that_diverges_the_others_are_finished_and_reported(tmp_path, capsys):
    one = {"space": "dag:1-3", "rows": 2, "objective": "train:digits", "width": 4, "train_size": 64, "recipe": QUICK}
    wild = one | {"recipe": QUICK | {"learning_rate": 1e30}}
    described = {
        "title": "t",
        "seeds": 1,
        "trials": 2,
        "problems": {"wild": wild, "tame": one},
        "methods": {"random": {}},
    }
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(described, sort_keys=False))
    assert command("compare", tmp_path / "study.yaml", "-o", tmp_path / "out", "--quiet", "--json") == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["failed"] == {"wild": {"random": 2}, "tame": {"random": 0}}
    assert "all 2 evaluations failed: the training diverged" in said.err
    text = (tmp_path / "out" / "report.html").read_text()
    assert "the training diverged" in text
    assert "tame" in text


def test_queued_architectures_come_first_pruned_ones_count_as_known_and_told_ones_stop_nothing(storage_url):
    class Told(Made):
        def __call__(self, architectures, seeds):
            if len(self.calls) == 1:
                [running] = study.get_trials(states=[TrialState.RUNNING])
                study.tell(running.number, state=TrialState.FAIL)
            return super().__call__(architectures, seeds)

    made = Told(SPACE)
    study = open_study(storage_url, "s", {}, made.directions)
    known = SPACE.from_native("22222222")
    study.add_trial(
        optuna.create_trial(
            state=TrialState.PRUNED, params=SPACE.to_choices(known), distributions=dict(distributions(SPACE))
        )
    )
    study.enqueue_trial({ARCHITECTURE: "01201201"})
    study.enqueue_trial({ARCHITECTURE: "22222222"})
    run_study(study, make("random", SPACE), made, 0, lambda begun: len(begun) >= 5)
    trials = studied(storage_url).trials
    assert trials[1].user_attrs[ARCHITECTURE] == "01201201"
    assert trials[2].user_attrs["refused"] == "what is queued is a network that the study has had"
    states = [trial.state.name for trial in trials]
    assert states == ["PRUNED", "COMPLETE", "FAIL", "FAIL", "COMPLETE", "COMPLETE", "COMPLETE"]
    assert trials[3].value is None, "it was told to have failed while it was evaluated"


def test_a_foreign_study_is_refused_and_left_as_it_was(storage_url):
    storage = open_storage(storage_url)
    theirs = optuna.create_study(storage=storage, study_name="random-0", direction="maximize")
    theirs.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    theirs.set_user_attr("mine", [1])

    def contents():
        found = studied(storage_url, "random-0")
        return found.user_attrs, found.metric_names, found.directions, found.trials

    before = contents()
    table().write("t.parquet")
    with pytest.raises(InputError, match=r"^study 'random-0' is of another program; name a new one$"):
        run_search(Problem("dag:1-4", "table:t.parquet:acc"), Search("random"), 3, storage_url)
    assert contents() == before


def test_a_table_that_was_moved_is_the_same_and_one_that_has_changed_is_refused(storage_url, tmp_path):
    table().write("t.parquet")
    trials = 2
    for written in ("t.parquet", "./t.parquet", tmp_path / "t.parquet"):
        study = run_search(Problem("dag:1-4", f"table:{written}:acc"), Search("random"), trials, storage_url)
        assert len(study.trials) == trials
        trials += 1
    table().with_metrics(acc=table().metrics["acc"] / 100).write("t.parquet")
    with pytest.raises(InputError, match=r"with other data: what objective table:t\.parquet:acc holds has changed"):
        run_search(Problem("dag:1-4", "table:t.parquet:acc"), Search("random"), 9, storage_url)
    assert len(studied(storage_url, "random-0").trials) == trials - 1


def one_line(error):
    assert error.count("\n") == 1
    return error


def test_pictures_that_were_moved_are_the_same_and_changed_ones_are_refused(storage_url, tmp_path, capsys):
    write_folder(tmp_path / "here")
    given = ["--space", "dag:1-3", "--rows", 2, "--width", 4, "--epochs", 1, "--storage", storage_url, "--quiet"]

    def searched(where, trials):
        return command("search", "random", "--objective", f"train:folder:{where}", "--trials", trials, *given)

    assert searched("here", 1) == 0
    shutil.move("here", "there")
    assert searched("there", 2) == 0
    assert len(studied(storage_url, "random-0").trials) == 2
    shutil.copy("there/train/dog/003.png", "there/train/cat/000.png")
    capsys.readouterr()
    assert searched("there", 3) == 2
    assert "what objective train:folder:there holds has changed" in one_line(capsys.readouterr().err)
    assert len(studied(storage_url, "random-0").trials) == 2


@pytest.fixture(scope="module")
def encoders(tmp_path_factory):
    """Two encoders of one space, trained from different seeds, `0` and `1`."""
    folder, space = tmp_path_factory.mktemp("encoders"), spaces.get("dag:1-4")
    members = space.enumerate()
    for seed in (0, 1):
        trained = pretrain(members, PretrainConfig(latent=8, steps=20), seed, {space.name: space})
        buckets = BucketGenerator(members, trained.encoder.encode(members).numpy(), 4, seed=seed)
        EncoderCheckpoint(trained, buckets, [space], seed).save(folder / str(seed))
    return folder


def test_an_encoder_that_was_moved_is_the_same_and_another_is_refused(storage_url, encoders, capsys):
    table().write("t.parquet")

    def searched(encoder, trials):
        where = ["--objective", "table:t.parquet:acc", "--storage", storage_url, "--encoder", encoder, "--quiet"]
        return command("search", "tpe", "--space", "dag:1-4", "--trials", trials, *where)

    shutil.copytree(encoders / "0", "here")
    assert searched("here", 2) == 0
    shutil.move("here", "there")
    assert searched("there", 3) == 0
    shutil.rmtree("there")
    shutil.copytree(encoders / "1", "there")
    capsys.readouterr()
    assert searched("there", 4) == 2
    assert "what encoder there holds has changed" in one_line(capsys.readouterr().err)
    assert len(studied(storage_url, "tpe-0").trials) == 3


def test_what_a_trial_asks_of_its_storage_does_not_grow_with_the_study(storage_url):
    """Statements of SQL and the rows that they give; of a journal the bytes that are read."""
    made, costs = Made(SPACE), []
    study = open_study(storage_url, "s", {}, made.directions)
    paid = count_reads(study)

    def finished(begun):
        costs.append(paid())
        return len(begun) >= 60

    run_study(study, make("random", SPACE), made, 0, finished)
    each = [after - before for before, after in pairwise(costs)]
    early, late = sorted(each[10:20]), sorted(each[-10:])
    assert early[5] > 0
    assert late[5] <= 1.2 * early[5]


def count_reads(study):
    """What a study has asked of its storage until now, as a function."""
    storage, read = storage_of(study), [0]
    if isinstance(storage, JournalStorage):
        backend = storage._backend
        plain = backend.read_logs

        def counted(start):
            for log in plain(start):
                read[0] += 1
                yield log

        backend.read_logs = counted
    else:
        event.listen(storage._backend.engine, "after_cursor_execute", lambda *given: read.__setitem__(0, read[0] + 1))
    return lambda: read[0]


SECRET = "se/cr@et"


def secret_urls(server, name):
    """The URLs of an empty database with a password, as people write them; the server takes any."""
    plain = new_database(server, name)
    place = plain.partition("@")[2]
    escaped = quote(SECRET, safe="")
    return f"postgresql://tester:{escaped}@{place}", f"postgresql://tester@{place}?password={escaped}"


def hidden(text):
    return not any(form in text for form in (SECRET, quote(SECRET, safe=""), quote(SECRET), "cr@et", "cr%40et"))


def test_a_password_is_in_no_message_report_or_file(postgresql_server, tmp_path, capsys, caplog):
    table().write("t.parquet")
    plain, asked = secret_urls(postgresql_server, uuid.uuid4().hex)
    base = ["--space", "dag:1-4", "--objective", "table:t.parquet:acc", "--trials", 3, "--quiet"]
    caplog.set_level("DEBUG")
    further = ["--study", "on", "--start-from", f"{plain}#random-0"]
    assert command("search", "random", *base, "--storage", plain, "-o", "winners.jsonl") == 0
    assert command("search", "random", *base, "--storage", asked, *further) == 0
    assert command("study", "list", asked) == 0
    assert command("study", "best", plain, "--study", "random-0", "-o", "best.parquet") == 0
    assert command("study", "trials", asked, "--study", "on", "-o", "trials.csv") == 0
    assert command("compare", "--storage", plain, "--storage", asked, "--study", "on", "-o", "compared") == 0
    for wrong in (
        ["study", "best", plain],
        ["study", "best", asked, "--study", "none"],
        ["compare", "--storage", plain, "--study", "none", "-o", "none"],
        ["search", "random", *base, "--storage", plain, "--study", "x", "--start-from", f"{asked}#none"],
        ["search", "random", *base, "--storage", plain, "--study", "x", "--start-from", plain],
        ["search", "evolution", *base, "--storage", asked, "--study", "random-0"],
    ):
        assert command(*wrong) == 2
    said = capsys.readouterr()
    assert hidden(said.out + said.err + caplog.text)
    for file in tmp_path.rglob("*"):
        assert file.is_dir() or hidden(file.read_bytes().decode("latin-1")), file
    stored = [(study.user_attrs, study.trials) for study in map(partial(studied, plain), ("random-0", "on"))]
    assert hidden(str(stored))


@pytest.mark.parametrize("command_line", [["study", "list"], ["compare", "-o", "out", "--storage"], ["search"]])
@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:se/cr@et@127.0.0.1:1/x",
        "postgresql://me:{}se%2Fcr%40et@127.0.0.1:1/x",
        "postgresql://127.0.0.1:1/x?user=me&password=se/cr@et",
        "postgresql://me@127.0.0.1:1/x?password=se%2Fcr%40et&connect_timeout=1",
        "postgresql://me@127.0.0.1:1/x?nonsense=se%2Fcr%40et",
        "nonsense://me:se%2Fcr%40et@127.0.0.1:1/x",
        "me:se/cr@et@127.0.0.1:1/x",
        "127.0.0.1:1/x?password=se/cr@et",
    ],
)
def test_a_password_is_in_no_message_on_a_storage_that_cannot_be_opened(command_line, url, capsys):
    table().write("t.parquet")
    if command_line == ["search"]:
        command_line = ["search", "random", "--trials", 1, "--space", "dag:1-4"]
        command_line += ["--objective", "table:t.parquet:acc", "--storage"]
    assert command(*command_line, url) == 2
    assert hidden(one_line(capsys.readouterr().err))
