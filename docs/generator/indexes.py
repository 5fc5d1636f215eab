"""The indexes: by symptom, by mechanism, by seam, and alphabetical."""

from __future__ import annotations

from collections.abc import Collection

from docs.generator.markdown import escape, label_of, link, page, table
from docs.generator.methods import METHODS, methods, sentence
from docs.generator.step_text import step_text
from docs.generator.techniques import Entry, entries
from wellfit.techniques import index
from wellfit.techniques.base import MECHANISMS, SEAMS, SYMPTOMS, Symptom

SYMPTOM_TEXTS = {
    "overfits": "The loss of the training rows, measured in evaluation mode, falls well below that of the validation "
    "rows, and the gap grows with the epochs. `history` has both, like for like.",
    "does not move": "The loss stays near that of a constant prediction, or falls for a few updates and then lies "
    "flat: gradients vanish on their way down, units are dead or saturated, or the rate is far too small.",
    "explodes": "The loss jumps by orders of magnitude or becomes infinite; the member's status is `diverged`.",
    "few rows": "Some hundred rows or fewer: every network fits them perfectly, and which one it is depends on luck.",
    "noisy labels": "Part of the answers is wrong. The network first learns the rule and then the mistakes, so that "
    "validation gets worse while training still improves.",
    "over-confident": "Probabilities near 0 and 1 that are wrong more often than they say.",
    "underfits": "Training and validation losses are both high and close together: the network cannot, or may not, "
    "bend enough, or the loss is not that of the question.",
    "unstable between runs": "Another seed gives a markedly different validation loss.",
    "slow": "The loss still falls at the last epoch, or needs many epochs to get anywhere.",
}
MECHANISM_TEXTS = {
    "smoother function": "Of all networks that fit the rows, prefer one that bends little: small weights, few of "
    "them, outputs that change slowly with the inputs.",
    "more data": "Make further rows whose answers are known because the change does not matter, so that the network "
    "learns what to ignore.",
    "many models": "Average networks that err differently: the average errs less than they do.",
    "wider minima": "Prefer a place in weight space where the loss is low all around: what moves when other rows are "
    "drawn then matters less.",
    "trains faster or more safely": "Does not regularise by itself, but gets the optimisation to go, and to end.",
    "describes the problem": "Says what is to be learned: how answers are scored and inputs are written.",
}
SEAM_TEXTS = {
    "before training": "Once, before the first update.",
    "rows": "Which rows a mini-batch holds.",
    "encode and augment": "Raw columns become the network's inputs; copies of rows are changed.",
    "targets": "The answers are changed.",
    "perturb": "The weights at which the gradient is taken.",
    "forward": "From inputs to outputs: linear, normalise, activate, drop; skip connections; heads.",
    "loss": "What a wrong output costs.",
    "penalty gradient": "What a large weight costs, added to the gradient.",
    "adversarial": "The same rows once more, moved to where they hurt.",
    "clip": "The gradient is kept within bounds.",
    "optimizer": "The gradient becomes a step.",
    "update": "The step is taken; decay shrinks the old weights.",
    "constrain": "The weights are brought back into a set.",
    "average": "A running average of the weights, which is what is then validated, kept and saved.",
    "stopping": "After an evaluation: keep these weights? Go on?",
    "after training": "Once, after the last update, or at prediction.",
}


def _found(left_out: Collection[str] = (), **words: str) -> str:
    """A table of families with the techniques that fit, and the calls. left_out: labels that stand elsewhere."""
    rows = []
    for family, all_names in index.members(**words).items():
        by_name = {entry.name: entry for entry in entries(family)}
        names = [name for name in all_names if by_name[name].label not in left_out]
        if not names:
            continue
        links = ", ".join(link(escape(by_name[name].title), by_name[name].label) for name in names)
        alone = len(by_name) == 1
        what = escape(by_name[names[0]].sense) if alone else links
        head = by_name[names[0]].label if alone else f"family-{label_of(family)}"
        rows.append((link(index.families()[family].title, head), what))
    calls = [link(title, label) for label, title in methods(**words).items() if label not in left_out]
    rows += [("Calls", ", ".join(calls))] if calls else []
    return table(("family", "techniques"), rows) if rows else "None yet."


def first_three(symptom: Symptom) -> list[tuple[str, str, str]]:
    """Label, title and reason of what to try first against a symptom, in order, as techniques and calls declare it."""
    found = {
        place: (entry.label, entry.title, reason)
        for (family, name), (place, reason) in index.first_choices(symptom).items()
        for entry in entries(family)
        if entry.name == name
    }
    calls = {
        one.try_first[symptom][0]: (f"method-{name}", one.title, one.try_first[symptom][1])
        for name, one in METHODS.items()
        if symptom in one.try_first
    }
    if len(found) + len(calls) != len({*found, *calls}):
        raise ValueError(f"Two techniques have the same place among what to try first against {symptom!r}.")
    return [(found | calls)[place] for place in sorted({*found, *calls})]


def by_symptom() -> str:
    """From what is seen to what helps: three to try first, then the rest."""
    intro = (
        "What you see, and what answers it: three to try first, in this order, then the rest. Change one thing at a "
        "time, with several seeds ([the tutorial](tutorial.md) shows how), or let `wellfit fit` try them."
    )
    contents = table(
        ("symptom", "try first"),
        [
            (
                link(word.capitalize(), f"symptom-{label_of(word)}"),
                ", ".join(link(escape(title), label) for label, title, _ in first_three(word)),
            )
            for word in SYMPTOMS
        ],
    )
    return page("# By symptom", intro, contents, *(_symptom(word) for word in SYMPTOMS))


def _symptom(word: Symptom) -> str:
    first = first_three(word)
    steps = [
        f"{k}. {link(escape(title), label)}: {escape(reason)}." for k, (label, title, reason) in enumerate(first, 1)
    ]
    return page(
        f"(symptom-{label_of(word)})=\n## {word.capitalize()}",
        SYMPTOM_TEXTS[word],
        "Try first:",
        "\n".join(steps),
        "The rest, in the order in which they act:",
        _found([label for label, _, _ in first], symptom=word),
    ).rstrip()


def by_mechanism() -> str:
    """Why it helps."""
    parts = [
        f"(mechanism-{label_of(word)})=\n## {word.capitalize()}\n\n{MECHANISM_TEXTS[word]}\n\n{_found(mechanism=word)}"
        for word in MECHANISMS
    ]
    intro = "Most ways of generalising better are one of four; the last two groups do not regularise by themselves."
    return page("# By mechanism", intro, *parts)


def by_seam() -> str:
    """Where it acts in the training step."""
    frame = step_text({seam: _count(seam) for seam in SEAMS})
    parts = [
        f"(seam-{label_of(seam)})=\n## {seam.capitalize()}\n\n{SEAM_TEXTS[seam]}\n\n{_found(seam=seam)}"
        for seam in SEAMS
    ]
    intro = (
        "The training step is one function. This is what each of its lines writes and reads, taken from the code, with "
        "how many techniques act at each seam: the order is the step's own, and nothing else changes training. W are "
        "the parameters, w those at which the gradient g is taken."
    )
    return page("# By seam", intro, f"```text\n{frame}\n```", *parts)


def _count(seam: str) -> str:
    names = [name for found in index.members(seam=seam).values() for name in found if name != "none"]
    return f"# {len(names)} of {seam}" if names else ""


def alphabetical() -> str:
    """Every technique by its title."""
    rows = [
        (link(escape(entry.title), entry.label), link(entry.cls.title, f"family-{label_of(entry.family)}"),
         escape(entry.sense))
        for entry in sorted(entries(), key=_sort_key)
        if entry.name != "none"
    ]  # fmt: skip
    rows += [(link(place.title, f"method-{name}"), "a call", sentence(name)) for name, place in METHODS.items()]
    rows.sort(key=lambda row: row[0].lower())
    return page("# A to Z", table(("technique", "family", "in one sentence"), rows))


def _sort_key(entry: Entry) -> tuple[str, str]:
    return entry.title.lower(), entry.key
