"""The commands that a fit's report prints run as they are printed, and read the table as the fit did."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.report.fitted import bad_table
from tests.search.little import make_little
from wellfit.cli import run
from wellfit.figures import Figure
from wellfit.frames import ResultFrame
from wellfit.report.commands import reading_words
from wellfit.report.content import Block, Code, Report
from wellfit.report.fit import fit_report
from wellfit.report.saved_fit import SavedFit, read_fit
from wellfit.shell import shell_line, shell_words
from wellfit.studies import Study
from wellfit.studies.base.study import StudyPlan

READING = {"--drop": "amount", "--kind": "noise=category", "--group": "city"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """In which a table was fitted with options of which a command that lacks them says something else."""
    path = tmp_path_factory.mktemp("commands")
    bad_table(path / "bad.csv")
    words = ["fit", "bad.csv", "--target", "label", *(word for pair in READING.items() for word in pair)]
    words += [
        "--folds",
        "2",
        "--budget",
        "600",
        "--metric",
        "error",
        "--seed",
        "3",
        "--jobs",
        "1",
        "--report",
        "md",
        "--out",
        "out",
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(path)
        make_little(patch)
        assert run(words) == 0
    return path


@pytest.fixture
def report(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    monkeypatch.chdir(folder)
    make_little(monkeypatch)
    return fit_report("out")


def blocks(report: Report, key: str) -> list[Block]:
    return list(next(section for section in report.sections if section.key == key).blocks)


def command(report: Report, key: str, beginning: str) -> list[str]:
    """The printed command that begins so, as words after "wellfit"."""
    codes = [block.text for block in blocks(report, key) if isinstance(block, Code)]
    return shlex.split(next(text for text in codes if text.startswith(f"wellfit {beginning}")))[1:]


def options(words: list[str]) -> dict[str, str]:
    return {word: after for word, after in zip(words, [*words[1:], ""], strict=True) if word.startswith("--")}


def with_options(fit: SavedFit, **changed: object) -> SavedFit:
    return replace(fit, facts={**fit.facts, "options": {**fit.facts["options"], **changed}})


def test_the_search_is_repeated_as_printed(report: Report) -> None:
    words = [next(text for text in (block.text for block in blocks(report, "repeat") if isinstance(block, Code))
                  if "--replay" in text)]  # fmt: skip
    assert run(shlex.split(words[0])[1:]) == 0
    own, again = (json.loads(Path(name, "result.json").read_text()) for name in ("out", "out-again"))
    assert own["scores"] == again["scores"] and own["columns"] == again["columns"]


def test_the_recipe_is_trained_as_printed(report: Report) -> None:
    recipe = next(block for block in blocks(report, "recipe") if isinstance(block, Code) and block.language == "toml")
    Path("recipe.toml").write_text(recipe.text)
    assert run([*command(report, "recipe", "fit"), "--report", "none"]) == 0
    own, alone = (json.loads(Path(name, "result.json").read_text()) for name in ("out", "out-recipe"))
    assert own["columns"] == alone["columns"] and own["data"] == alone["data"]


def test_the_recipe_is_trained_with_the_fits_options(report: Report) -> None:
    fit = read_fit("out")
    given = {**fit.facts["options"], "seeds": 2, "average": "logits", "refit": "none", "keep_together": "groups.csv"}
    wanted = {"--seed": "3", "--seeds": "2", "--average": "logits", "--keep-together": "groups.csv", "--rows": "1000"}
    changed = fit_report(replace(fit, facts={**fit.facts, "options": given, "drawn": {"rows": 1000, "of": 9000}}))
    words = options(command(changed, "recipe", "fit"))
    assert wanted.items() <= words.items() and "--refit" not in words
    plain = options(command(report, "recipe", "fit"))
    assert not {"--seeds", "--average", "--refit", "--rows"} & set(plain)


def test_a_learning_curve_is_trained_as_printed_and_then_told(report: Report) -> None:
    assert str(blocks(report, "more-data")[0]).startswith("Not examined")
    words = command(report, "more-data", "study")
    assert READING.items() | {"--metric": "error"}.items() <= options(words).items()
    assert run([*words, "--folds", "2", "--seeds", "2", "--sizes", "30,60"]) == 0
    study = Study.load("out/learning-curve")
    told = blocks(fit_report("out"), "more-data")
    assert told[0] == study.verdict and isinstance(told[1], Figure)
    shutil.rmtree("out/learning-curve")


def test_a_learning_curve_of_another_table_is_not_told(report: Report) -> None:
    fit = read_fit("out")
    own = shlex.join(["wellfit", "study", "learning-curve", "bad.csv", *reading_words(fit.facts["options"])])
    plan = StudyPlan("nothing")
    cases = {own: True, own.replace("bad.csv", str(Path("bad.csv").resolve())): True, own + " --drop noise": False}
    cases |= dict.fromkeys((own.replace("bad.csv", other) for other in ("good.csv", "other/bad.csv")), False)
    for repeat, is_told in cases.items():
        study = Study("learning_curve", "Would it?", plan, "It would.", ResultFrame(fit.history.head(1)), repeat=repeat)
        study.save("beside")
        assert (blocks(fit_report("out"), "more-data")[0] == "It would.") == is_told, repeat
    replace(study, name="ablation", repeat=own).save("beside")
    assert blocks(fit_report("out"), "more-data")[0] != "It would."
    shutil.rmtree("beside")


def test_commands_take_a_table_for_no_option_and_name_no_hidden_folder(report: Report) -> None:
    fit = replace(with_options(read_fit("out"), table="-x.csv"), evidence={})
    for key, beginning in (("recipe", "fit"), ("more-data", "study"), ("findings", "doctor")):
        assert "./-x.csv" in command(fit_report(fit), key, beginning), key
    for folder, named in ((".", "recipe"), ("..", "../recipe"), ("a/..", "a/../recipe"), ("out", "out-recipe")):
        here = fit_report(replace(fit, folder=Path(folder)))
        assert options(command(here, "recipe", "fit"))["--out"] == named
        texts = [block.text for block in blocks(here, "repeat") if isinstance(block, Code)]
        (again,) = [text for text in texts if "--replay" in text]
        assert again.endswith(f"--out {named.replace('recipe', 'again')}") and " ./-x.csv " in again


def test_a_table_of_the_same_name_in_another_folder_is_another(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    words = command(report, "more-data", "study")
    out = Path("out/learning-curve").resolve()
    words[words.index("--out") + 1], words[words.index("--result") + 1] = str(out), str(Path("out").resolve())
    Path("elsewhere").mkdir()
    for name, is_told in (("elsewhere", False), (".", True)):
        bad_table(Path(name, "bad.csv"))
        monkeypatch.chdir(name)
        assert run([*words, "--folds", "2", "--seeds", "1", "--sizes", "30,60", "--overwrite"]) == 0
        for folder in (out.parents[1], out.parents[1] / "elsewhere"):  # whatever folder the report is written from
            monkeypatch.chdir(folder)
            told = blocks(fit_report(out.parent), "more-data")[0] == Study.load(out).verdict
            assert told == is_told, (name, folder)
        monkeypatch.chdir(out.parents[1])
    shutil.rmtree(out)


def test_of_rows_that_were_drawn_no_study_tells(report: Report) -> None:
    fit = read_fit("out")
    drawn = replace(fit, facts={**fit.facts, "drawn": {"rows": 1000, "of": 9000}})
    said = blocks(fit_report(drawn), "more-data")
    assert not any(isinstance(block, Code) for block in said)
    assert "The fit drew 1,000 rows of 9,000" in str(said[0])


def test_of_rows_that_lists_name_no_study_tells_and_the_doctor_does(report: Report) -> None:
    fit = with_options(read_fit("out"), leave_out="rows.csv")
    own = shlex.join(["wellfit", "study", "learning-curve", "bad.csv", *reading_words(fit.facts["options"])])
    study = Study("learning_curve", "Would it?", StudyPlan("nothing"), "It would.", ResultFrame(fit.history.head(1)))
    replace(study, repeat=own).save("beside")
    assert blocks(fit_report("out"), "more-data")[0] == "It would."
    alone = fit_report(replace(fit, evidence={}))
    shutil.rmtree("beside")
    assert "The fit was given --leave-out, which the study does not take" in str(blocks(alone, "more-data"))
    assert not any(isinstance(block, Code) for block in blocks(alone, "more-data"))
    assert options(command(alone, "findings", "doctor"))["--result"] == "out"


def test_of_a_table_that_came_through_a_pipe_no_command_reads_it_again(report: Report) -> None:
    fit = with_options(replace(read_fit("out"), evidence={}, command=""), table="/dev/stdin")
    texts = [block.text for section in fit_report(fit).sections for block in section.blocks if isinstance(block, Code)]
    assert not any("/dev/stdin" in text for text in texts)
    assert texts.count("wellfit report out") == 1  # which finds the choices that mattered, without rows
    assert "'/dev/stdin' cannot be read again" in str(blocks(fit_report(fit), "more-data"))


def test_only_what_a_command_adds_is_said_to_be_added_by_it(report: Report) -> None:
    fit = read_fit("out")
    evidence = {name: one for name, one in fit.evidence.items() if name not in ("importance", "dependence")}
    for why, is_offered in (("The time for the report was over.", True), ("There are too many columns.", False)):
        lacks = fit_report(replace(fit, evidence={**evidence, "left_out": {"importance": why}}))
        first = blocks(lacks, "importance")[0]
        assert isinstance(first, Code) == is_offered and why in (first.title if isinstance(first, Code) else str(first))


def test_in_memory_rows_are_asked_for_where_they_help(report: Report) -> None:
    fit = replace(read_fit("out"), facts={}, folder=None)
    assert "Give rows" in str(blocks(fit_report(replace(fit, evidence={})), "importance"))
    lacks = fit_report(replace(fit, evidence={name: one for name, one in fit.evidence.items() if name != "choices"}))
    assert blocks(lacks, "search")[-1] == "Which choices of the recipe mattered were not examined."


ODD = ("line\nbreak", "no\xa0break", "tab\t'so'", "zero\u200bwidth\\", "a $'", " b", "", "\udce9t\u00e9")


def test_words_of_a_command_are_read_as_they_were(report: Report) -> None:
    line = shell_line(ODD)
    assert line.isprintable() and shell_words(line) == list(ODD)
    read = subprocess.run(["bash", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True).stdout
    assert read.decode("utf-8", "surrogateescape").split("\0")[:-1] == list(ODD)
    fit = with_options(read_fit("out"), drop=["line\nbreak", "no\xa0break"])
    study = next(one.text for one in blocks(fit_report(fit), "more-data") if isinstance(one, Code))
    assert shell_words(study)[shell_words(study).index("--drop") + 1] == "line\nbreak"
    done = Study(
        "learning_curve", "?", StudyPlan("nothing"), "It would.", ResultFrame(fit.history.head(1)), repeat=study
    )
    done.save("beside")
    assert blocks(fit_report(fit), "more-data")[0] == "It would."
    shutil.rmtree("beside")


def test_of_a_fit_in_memory_calls_are_printed(report: Report) -> None:
    fit = replace(read_fit("out"), facts={}, folder=None)
    codes = [block for key in ("more-data", "recipe") for block in blocks(fit_report(fit), key)]
    assert [one.language for one in codes if isinstance(one, Code)] == ["python", "toml", "python"]


def test_the_doctor_is_called_with_the_fits_options(report: Report) -> None:
    fit = read_fit("out")
    plain = json.loads(json.dumps(fit.evidence["examination"]))
    plain["fine"][0]["status"], plain["fine"][0]["sentence"] = "not applicable", "Left out for lack of time."
    plain["not_applicable"].append(plain["fine"].pop(0))
    late = replace(fit, evidence={**fit.evidence, "examination": plain})
    assert command(fit_report(late), "findings", "report") == ["report", "out"]  # which has the test rows
    alone = replace(late, result=replace(fit.result, rows={**fit.result.rows, "test": 0}))
    words = command(fit_report(alone), "findings", "doctor")
    assert READING.items() | {"--result": "out"}.items() <= options(words).items()
    assert run([*words, "--no-trial"]) == 0


def test_new_rows_are_named_as_the_table_is(report: Report) -> None:
    fit = read_fit("out")
    named = {}
    for table, sheet in (("bad.csv", None), ("sales.xlsx", "2024"), ("leaves/", None), ("train.idx3-ubyte.gz", None)):
        facts = {**fit.facts, "options": {**fit.facts["options"], "table": table, "sheet": sheet}}
        named[table] = command(fit_report(replace(fit, facts=facts)), "repeat", "predict")[2:]
    assert named == {
        "bad.csv": ["new.csv"], "sales.xlsx": ["new.xlsx", "--sheet", "2024"], "leaves/": ["new/"],
        "train.idx3-ubyte.gz": ["new.idx3-ubyte.gz"],
    }  # fmt: skip


def test_options_as_words() -> None:
    given = {
        "target": "a,b", "targets": ["a", "b"], "no_header": True, "skip_unknown_targets": False, "colour": False,
        "drop": ["x y", "z"], "weight": None, "kind": [], "sheet": "2024", "recipe": "mine.toml",
    }  # fmt: skip
    wanted = "--target a --target b --drop 'x y' --drop z --no-header --sheet 2024 --grey"
    assert shlex.join(reading_words(given)) == wanted
    assert reading_words({"target": "a"}) == ["--target", "a"]
