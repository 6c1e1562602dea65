"""How far can the content of a change be reviewed, and does it come with tests?"""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain.change import Change, Check, FileChange, Mark
from bot.domain.places import Places
from bot.domain.risk.diffs import odd_name
from bot.domain.risk.landmarks import CODE, DOCUMENTATION, LOCK_FILES, PICTURES, TESTS
from bot.domain.risk.reasons import (
    BLAST_RADIUS,
    DATA,
    EDGE_CASES,
    LEAST_ACCESS,
    ORIGIN,
    PIPELINE,
    READ,
    ROLL_BACK,
    ROTATE,
    Reason,
    RiskTier,
    reason,
)
from bot.domain.spans import harmless

_MARKS: tuple[tuple[Mark, str, RiskTier, str, tuple[str, ...]], ...] = (
    (Mark.SECRET, "secrets", RiskTier.HIGH,
     "It adds what looks like a secret, in the open.", (ROTATE, READ)),
    (Mark.WIDE_ACCESS, "access", RiskTier.HIGH,
     "It adds a rule that lets somebody do everything, or lets everybody in.",
     (LEAST_ACCESS, BLAST_RADIUS, ROLL_BACK)),
    (Mark.WIDE_NETWORK, "network", RiskTier.HIGH,
     "It adds a rule for every address of the internet.", (LEAST_ACCESS, BLAST_RADIUS, ROLL_BACK)),
    (Mark.WIDE_PIPELINE, "workflow", RiskTier.HIGH,
     "It gives the pipeline the right to write everything.", (PIPELINE, LEAST_ACCESS, ROLL_BACK)),
    (Mark.DROPS, "migration", RiskTier.HIGH,
     "It adds a step that deletes stored data.", (DATA, ROLL_BACK)),
    (Mark.BIDI, "unreviewable", RiskTier.HIGH,
     "It adds characters that change the order in which text is shown.", (READ, EDGE_CASES)),
    (Mark.INVISIBLE, "unreviewable", RiskTier.HIGH,
     "It adds characters that nobody can see.", (READ, EDGE_CASES)),
    (Mark.UNSEEN, "unreviewable", RiskTier.HIGH,
     "Some of its content could not be shown.", (READ, ROLL_BACK)),
    (Mark.BINARY, "unreviewable", RiskTier.HIGH,
     "It changes files that are no text.", (READ, ORIGIN, ROLL_BACK)),
    (Mark.SUBMODULE, "unreviewable", RiskTier.HIGH,
     "It brings in another repository, whose content is not shown.", (READ, ORIGIN, ROLL_BACK)),
    (Mark.SYMLINK, "unreviewable", RiskTier.HIGH,
     "It changes links that stand for other files.", (READ, EDGE_CASES)),
    (Mark.GENERATED, "unreviewable", RiskTier.NORMAL,
     "It changes files that are generated, which few people read.", (READ,)),
    (Mark.EXECUTABLE, "content", RiskTier.NORMAL,
     "It changes files that can be run.", ()),
)  # fmt: skip
PASSED = frozenset(("success", "successful", "succeeded", "passed", "neutral", "skipped"))
_FAILED = frozenset(("failure", "failed", "error", "errored", "timed_out", "startup_failure"))
_RUNNING = frozenset(
    (
        "",
        "queued",
        "pending",
        "waiting",
        "requested",
        "in_progress",
        "running",
        "expected",
        "created",
    )
)


def is_documentation(file: FileChange) -> bool:
    """Whether it is certain: words for people under a plain name, whose change we saw."""
    return (
        all(
            path.endswith(DOCUMENTATION) and path.isascii() and path.isprintable()
            for path in file.paths
        )
        and bool(file.digest)
        and not file.marks
        and file.counted
    )


def unreviewable(change: Change, places: Places) -> Iterator[Reason]:
    """One reason for each mark and tier. Pictures and lock files count for less than other files.

    A pipeline that sends no content at all hides nothing in particular: that is one mild reason,
    while a file that is missing among others is a grave one.
    """
    missing = [file for file in change.files if not file.digest]
    unsent = len(missing) == len(change.files)
    if missing:
        which = "No content was sent" if unsent else "The content of some files was not sent"
        sentence = f"{which}, so only names and sizes were judged."
        yield reason("unreviewable", RiskTier.NORMAL, sentence, READ)
    marked = [file for file in change.files if file.marks]
    for mark, kind, tier, sentence, checklist in _MARKS:
        paths = [file.path for file in marked if mark in file.marks]
        if not paths or (unsent and mark is Mark.UNSEEN):
            continue
        mild, grave = _parted(mark, paths)
        if grave:
            yield reason(kind, tier, sentence, *checklist, paths=grave)
        if mild:
            yield reason(kind, RiskTier.NORMAL, _MILD[mark], *checklist, paths=mild)
    if odd := [place.path for place in places.places if odd_name(place.path)]:
        sentence = "It holds names with characters that nobody can see."
        yield reason("unreviewable", RiskTier.HIGH, sentence, READ, EDGE_CASES, paths=odd)


_MILD = {
    Mark.BINARY: "It changes pictures or fonts.",
    Mark.UNSEEN: "It changes lock files that are too long to be shown.",
}
_HARMLESS = {
    Mark.BINARY: tuple(glob.removeprefix("*") for glob in PICTURES),
    Mark.UNSEEN: LOCK_FILES,
}


def _parted(mark: Mark, paths: list[str]) -> tuple[list[str], list[str]]:
    """Those of a harmless kind, and the others."""
    mild = [path for path in paths if _is_mild(mark, path)]
    return mild, [path for path in paths if not _is_mild(mark, path)]


def _is_mild(mark: Mark, path: str) -> bool:
    match mark:
        case Mark.BINARY:
            return path.lower().endswith(_HARMLESS[mark])
        case Mark.UNSEEN:
            return path.rpartition("/")[2] in _HARMLESS[mark]
        case _:
            return False


def tests(change: Change, places: Places) -> Iterator[Reason]:
    """Code without a test beside it, and tests that are taken away. To rename a file changes neither."""
    tested = set(places.within(TESTS, limit=len(places.places)))
    code = set(places.within(CODE, limit=len(places.places))) - tested
    changed = [it for it in change.files if it.status != "renamed" or not _only_renamed(it)]
    if len(changed) < len(change.files):
        code &= {path for it in changed for path in it.paths}
    removed = [it.path for it in change.files if it.status == "removed" and it.path in tested]
    touched = any(it.status != "removed" and it.path in tested for it in changed)
    if removed:
        yield reason("tests", RiskTier.NORMAL, "It removes tests.", EDGE_CASES, paths=removed)
    if code and not touched:
        sentence = "It changes code, and no test with it."
        yield reason("tests", RiskTier.NORMAL, sentence, EDGE_CASES, paths=code)


def _only_renamed(file: FileChange) -> bool:
    """Whether that is certain of a renamed file: we saw it whole, and no line of it changes."""
    lines = file.additions or file.deletions or not file.counted
    return not lines and bool(file.digest) and not file.marks


def checks(change: Change) -> Iterator[Reason]:
    """What the pipeline's own checks say; a word we do not know is no pass."""
    bad = [it for it in change.checks if _word(it) not in PASSED | _RUNNING]
    for what, tier, checklist, found in (
        ("failed", RiskTier.HIGH, (EDGE_CASES, ROLL_BACK),
         [it for it in bad if _word(it) in _FAILED]),
        ("did not pass", RiskTier.HIGH, (EDGE_CASES, ROLL_BACK),
         [it for it in bad if _word(it) not in _FAILED]),
        ("did not pass yet", RiskTier.NORMAL, (EDGE_CASES,),
         [it for it in change.checks if _word(it) in _RUNNING]),
    ):  # fmt: skip
        if found:
            yield reason("checks", tier, _counted(found, what), *checklist, paths=_names(found))


def _word(check: Check) -> str:
    return check.conclusion.strip().casefold()


def _counted(found: list[Check], what: str) -> str:
    return f"{len(found)} check{'' if len(found) == 1 else 's'} {what}."


def _names(found: list[Check]) -> list[str]:
    """They stand with the paths: names are not our words."""
    return sorted(harmless(check.name, 60) for check in found)
