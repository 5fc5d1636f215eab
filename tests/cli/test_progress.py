"""What is shown while networks are trained: nothing cut, at any width, and the measure of the final table."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tests.cli.test_screen import shown, text_of
from wellfit.cli.live_scores import LiveScores, loss_shown
from wellfit.cli.progress import training_display
from wellfit.cli.search_progress import search_display
from wellfit.cli.standing import curve_line
from wellfit.cli.study_progress import study_progress
from wellfit.engines.compiled.network.predict import predict
from wellfit.engines.contract.history import History
from wellfit.engines.contract.plan import Plan
from wellfit.engines.contract.probes import Probes
from wellfit.engines.contract.progress import MemberProgress, Progress
from wellfit.recipe import Recipe
from wellfit.search.race.candidate import Candidate
from wellfit.search.race.run import run_search
from wellfit.search.race.settings import SearchSettings
from wellfit.statistics.metrics import metric_of
from wellfit.tables import make_target
from wellfit.tables.arrays import Arrays, Target, View

MEMBERS = (
    MemberProgress("waiting", 50, 100, 5, 10, 0.25, 40),
    MemberProgress("finished", 100, 100, 10, 10, 0.5, 60),
    MemberProgress("out_of_budget", 50_000, 100_000, 5_000, 10_000, 12345.678, 40),
)
NAMES = ["fold 1", "bootstrap sample 2 of 30", "fold 3"]


VIEW = View(np.arange(8), np.arange(8, 10))


class Kept:
    """A network with the scores of its kept weights."""

    update = last_update = best_update = 10
    epoch = last_epoch = 1
    best_loss = 1.0
    status = "finished"
    probes: Probes | None = None

    def __init__(self, error: float, status: str = "finished") -> None:
        self.error, self.status = error, status
        self.history, self.plan = History(), Plan(Recipe(hidden=(64, 64, 64), dropout=0.3), VIEW, 0)

    def validation_losses(self) -> list[float]:
        return [9.0, 3.0, self.error]

    def kept_score(self, column: str) -> float:
        return self.error


class Race:
    """A race of candidates on two folds each."""

    def __init__(self, losses: list[float], why: str = "to rung 2") -> None:
        self.candidates = []
        for number, loss in enumerate(losses):
            one = Candidate(number, Recipe(hidden=(64, 64, 64), dropout=0.3), 0, 0, "portfolio")
            one.members, one.status = [0, 1], "pruned"
            one.losses = [np.array([loss, loss])]
            self.candidates.append(one)
        self.members = [Kept(4.0), Kept(16.0)]
        self.current = type("Round", (), {"why": why})()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_training_on_a_terminal(width: int) -> None:
    console = shown(terminal=True, width=width)
    with training_display(console, NAMES) as observe:
        observe(Progress(10.0, 60.0, MEMBERS))
    told = text_of(console)
    assert "…" not in told and max(map(len, told.splitlines())) <= width
    flat = " ".join(told.split())
    for words in ("network", "epoch", "fold 1", "5/10", "finished", "50% of all updates", "about 10s left"):
        assert words in flat
    assert "5000/10000" in told and "12,350" in told and "out of time" in told
    assert "bootstrap sample 2 of 30" in told or width == 60
    assert ("━" in told) == (width > 60)  # there the bars have no room
    assert not any("━" in line and "%" in line for line in told.splitlines())


def member(status: str, losses: list[float], plan: Plan | None = None) -> MemberProgress:
    rows = [{"validation_loss": value} for value in losses]
    return MemberProgress(status, 50, 100, 5, 10, min(losses), 40, lambda first: rows[first:], plan=plan)


SICK = Plan(Recipe(), View(np.arange(8), np.arange(8, 10)), 0)
MIXED = (member("waiting", [8.0, 2.0, 1.0], SICK), member("finished", [9.0, 3.0]), member("diverged", [9.0], SICK))


@pytest.mark.parametrize("width", [60, 80, 120])
def test_training_tells_of_networks_a_curve_and_findings(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wellfit.cli.live_findings.BETWEEN", 0.0)
    console = shown(terminal=True, width=width)
    with training_display(console, NAMES) as observe:
        observe(Progress(10.0, 60.0, MIXED))
    lines = text_of(console).splitlines()
    assert "Networks: 1 in training, 1 at their end, 1 diverged" in lines and "Loss of fold 1: █▃▁" in lines
    assert "Finding (learning-rate-too-high): 50% of the networks diverged: the updates are too large." in " ".join(
        " ".join(lines).split()
    )
    assert max(map(len, lines)) <= width


def test_a_study_tells_the_same_and_elsewhere_each_finding_is_one_plain_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wellfit.cli.live_findings.BETWEEN", 0.0)
    monkeypatch.setattr("wellfit.cli.live_findings.MOST_SHARE", math.inf)
    console = shown(terminal=True, width=100)
    with study_progress(console) as (observe, _):
        observe(Progress(10.0, 60.0, MIXED))
    told = text_of(console)
    assert "Loss of network 1: █▃▁" in told and "1 diverged" in told and "Finding (learning-rate-too-high)" in told
    words = "Finding (learning-rate-too-high): 50% of the networks diverged: the updates are too large.\n"
    fit, study = shown(terminal=False), shown(terminal=False)
    with training_display(fit, NAMES) as in_fit, study_progress(study) as (in_study, _):
        for observe in (in_fit, in_study) * 3:
            observe(Progress(10.0, 60.0, MIXED))
    assert fit.file.getvalue() == study.file.getvalue() == words  # type: ignore[attr-defined]


def test_a_screen_without_blocks_shows_no_curve() -> None:
    console = shown(terminal=True)
    console.file = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="replace")
    assert curve_line("Loss: ", [2.0, 1.0], console) == ""
    assert curve_line("Loss: ", [2.0, 1.0], shown(terminal=True)) == "Loss: █▁"


def test_progress_in_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wellfit.cli.progress.PLAIN_LINE_SECONDS", 0.0)
    console = shown(terminal=False)
    with training_display(console, NAMES[:2]) as observe:
        observe(Progress(10.0, 2.0, MEMBERS[:2]))
    line = "75% of all updates, 10s elapsed, about 2s left, mean best validation loss 0.375\n"
    assert text_of(console) == line  # the time limit comes first


def test_a_terminal_that_cannot_move_its_cursor_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wellfit.cli.progress.PLAIN_LINE_SECONDS", 0.0)
    monkeypatch.setenv("TERM", "dumb")
    console = shown(terminal=True)
    with training_display(console, NAMES) as observe:
        observe(Progress(10.0, 2.0, MEMBERS))
    assert text_of(console).startswith("50% of all updates") and "\x1b" not in console.file.getvalue()  # type: ignore[attr-defined]


def test_a_validation_loss_is_shown_as_the_final_table_has_it() -> None:
    assert loss_shown("numbers", "auto").of(9.0) == 3.0 and loss_shown("numbers", "auto").name == "RMSE"
    assert loss_shown("binary", "auto").name == "log-loss"
    assert loss_shown("numbers", "huber").name == loss_shown("counts", "auto").name == "loss"


NUMBERS = Target("numbers", np.array([[0.0], [10.0]], np.float32))
COUNTS = Target("counts", np.array([[0.0], [3.0]], np.float32))
YES_NO = Target("binary", np.array([[0.0], [1.0]], np.float32), ("no", "yes"))


@pytest.mark.parametrize(
    ("metric", "target", "name", "value"),
    [
        (None, NUMBERS, "RMSE", "3"),  # the mean of the roots 2 and 4
        ("r2", NUMBERS, "R2", "0.6000"),  # 1 - 10/25
        (None, COUNTS, "Poisson deviance", "0.5"),  # twice the loss above its floor
        ("mae", NUMBERS, "MAE", ""),  # which training does not measure, and no network was asked
        (None, YES_NO, "log-loss", "0.2500"),
        ("accuracy", YES_NO, "accuracy", "90.00%"),
    ],
)
def test_a_candidate_has_the_score_of_the_final_table(metric: str, target: Target, name: str, value: str) -> None:
    scores = LiveScores(metric_of(metric, target.kind), target)
    race = Race([0.25])
    if metric == "accuracy":
        race.members = [Kept(0.1), Kept(0.1)]
    assert (scores.name, scores.shown(race, race.candidates[0])) == (name, value)  # type: ignore[arg-type]


def test_what_training_does_not_measure_is_predicted_between_rounds() -> None:
    X = np.random.default_rng(0).normal(size=(240, 3)).astype(np.float32)
    y = X[:, 0] + np.random.default_rng(1).normal(size=240) > 0
    target, columns = make_target(y), Arrays(X, np.zeros((240, 0), np.int32))
    scores = LiveScores(metric_of("auc", "binary"), target, np.ones(240, np.float32))
    recipes = [Recipe(hidden=(units,), epochs=6, batch_size=64) for units in (4, 8)]
    race = run_search(columns, target, None, SearchSettings(
        updates=80, folds=2, recipes=recipes, most_candidates=2, on_round=scores.measure)).race  # fmt: skip
    shown = scores.ranked(race)
    assert scores.name == "AUC" and len(shown) == 2
    for one in shown:
        logits = np.full(240, np.nan)
        for index, network in zip(one.members, race.kept(one), strict=True):
            held = race.members[index].plan.view.validation
            logits[held] = predict(network, columns.take(held), 1)[:, 0]
        assert scores.shown(race, one) == f"{roc_auc_score(y, logits):.4f}"
    order = [scores._loss(race, one) for one in shown]
    assert order == sorted(order)


def test_candidates_are_ranked_by_the_score_that_is_shown() -> None:
    race = Race([0.3, 0.1, 0.2, math.inf])
    race.candidates[2].status = "finished"
    scores = LiveScores(metric_of(None, "binary"), YES_NO)
    assert [one.number for one in scores.ranked(race)] == [2, 1, 0]  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_search_on_a_terminal(width: int) -> None:
    console = shown(terminal=True, width=width)
    with search_display(console, 60.0, True, LiveScores(metric_of(None, "numbers"), NUMBERS)) as display:
        display.on_round(Race([5.0, 4.0]))  # type: ignore[arg-type]
    told = text_of(console)
    assert "…" not in told and max(map(len, told.splitlines())) <= width
    flat = " ".join(told.split())
    for words in ("candidate", "held-out", "RMSE", "pruned", "hidden 64-64-64", "1m 00s left, 2 candidates tried"):
        assert words in flat
    assert "Now: the better ones, further." in flat
    table = told.splitlines()[: told.splitlines().index("")]
    assert len(table) == 6 and all("pruned" in line for line in table[-2:])  # a line a candidate
    assert not any("━" in line and "left" in line for line in told.splitlines())


@pytest.mark.parametrize("width", [80, 120])
def test_a_search_tells_of_networks_a_curve_and_findings(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wellfit.cli.live_findings.MOST_SHARE", math.inf)
    console = shown(terminal=True, width=width)
    race = Race([5.0, math.inf])
    race.candidates[0].status, race.candidates[1].status, race.candidates[1].members = "running", "diverged", [2, 3]
    probes = Probes(1, [("hidden0", "dead_units"), ("output", "dead_units"), ("hidden1", "dead_units")])
    probes.add(10, np.array([0.2, np.nan, 0.75]))
    race.candidates.append(Candidate(2, Recipe(), 0, 0, "portfolio", members=[4], status="pruned"))
    race.members = [Kept(4.0, "waiting")] * 2 + [Kept(4.0), Kept(4.0, "diverged"), Kept(4.0, "out_of_budget")]
    race.members[4].probes = probes
    with search_display(console, 60.0, True, LiveScores(metric_of(None, "numbers"), NUMBERS)) as display:
        display.on_round(race)  # type: ignore[arg-type]
        display.on_round(race)  # type: ignore[arg-type]  # each is looked at once
    lines = text_of(console).splitlines()
    assert max(map(len, lines)) <= width
    counted = "Networks: 2 in training, 1 at their end, 1 stopped, 1 diverged"
    assert counted in lines
    shown_last = lines[len(lines) - lines[::-1].index(counted) :]
    assert any("Loss of candidate 0: █▁▃" in line for line in shown_last)
    found = [line for line in shown_last if line.startswith("Finding")]
    assert found[0].startswith("Finding (dead-units), candidate 2 (the default recipe): 75% of the units")
    assert found[1].startswith("Finding (learning-rate-too-high), candidate 1 (hidden 64-64-64") and len(found) == 2


def test_a_search_elsewhere_tells_each_finding_in_one_plain_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wellfit.cli.live_findings.MOST_SHARE", math.inf)
    console, race = shown(terminal=False), Race([math.inf])
    race.candidates[0].status, race.members[0].status = "diverged", "diverged"
    with search_display(console, 60.0, True, LiveScores(metric_of(None, "numbers"), NUMBERS)) as display:
        display.on_round(race)  # type: ignore[arg-type]
        for _ in range(2):
            display.observe(Progress(1.0, 59.0, ()))
    (line,) = text_of(console).splitlines()
    assert line.startswith("Finding (learning-rate-too-high), candidate 0 (hidden 64-64-64")


def test_one_candidate_is_singular_and_none_is_said() -> None:
    console = shown(terminal=True)
    with search_display(console, 1000, False, LiveScores(metric_of(None, "numbers"), NUMBERS)) as display:
        display.on_round(Race([math.inf], "the opening, to the first rung"))  # type: ignore[arg-type]
    flat = " ".join(text_of(console).split())
    assert "980 updates left, 1 candidate tried. Now: the first recipes, briefly." in flat
    assert "No candidate has been compared yet." in flat


def test_a_small_screen_shows_fewer_rows() -> None:
    console = shown(terminal=True)
    console._height = 12
    members = MEMBERS[:1] * 20
    with training_display(console, [f"fold {k}" for k in range(20)]) as observe:
        observe(Progress(10.0, 60.0, members))
    assert "and 17 more" in text_of(console)  # one line tells of the networks
