"""`countersign erase`: somebody asked to be forgotten; what of theirs is stored, and how does it go?

Without `--yes` it only looks, beside a server that runs. With it no server may: the trail is only
appended to, and its guards are taken away and put back in one transaction.
"""

from __future__ import annotations

import argparse
import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection
from sqlmodel import Session

from bot import parts, settings, trail
from bot.cli import erased, terminal
from bot.cli.erased import ErasedNow
from bot.clock import Clock, system_clock
from bot.domain.change import Identity
from bot.domain.erasing import PSEUDONYM, Eraser, Names
from bot.domain.folding import fold
from bot.domain.people import Roster
from bot.engine.vouching import Vouching
from bot.misconfigured import Misconfigured
from bot.ports import Unreachable
from bot.settings import Settings
from storage import cleaning, erasing, fading, migrating, taking_out
from storage.changing import NotErased
from storage.erasing import Look
from storage.ground import Unusable
from storage.opening import looked_at, opened

NOTHING = "nothing was erased"
SHORTEST, LONGEST = 2, 500
NAME_WORDS, NAME_LETTERS = 4, 60
"""Of a text that is erased wherever it stands: what is longer is a sentence, and no name."""

ReadSettings = Callable[[], Settings]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """`what`: who is to be erased, in words that name nobody; `look` finds where they stand."""

    what: str
    why: str
    by: str
    pseudonym: str
    look: Callable[[Session], Look]


def run(
    arguments: argparse.Namespace, read: ReadSettings = settings.read, clock: Clock = system_clock
) -> int:
    """Exit 0: it is gone, or it was only looked; 1: something is in the way."""
    chosen = read()
    wish = _wish(arguments, chosen, clock())
    try:
        found = _erase(chosen, wish, clock()) if arguments.yes else _look(chosen, wish)
    except (Unusable, migrating.OtherVersion) as problem:
        raise _refused(f"DATABASE_URL: {problem}") from None
    except (NotErased, Unreachable) as problem:
        raise _refused(str(problem)) from None
    if arguments.json:
        terminal.tell([json.dumps(erased.as_json(found), indent=2)])
    else:
        terminal.tell(erased.said(found, terminal.width()))
    return 1 if found.in_the_way else 0


def _wish(arguments: argparse.Namespace, chosen: Settings, now: datetime) -> Wish:
    """Raises Misconfigured for what is not said right."""
    words = tuple(dict.fromkeys((*arguments.person, *arguments.login, *arguments.email)))
    names = Names(words=words, texts=tuple(dict.fromkeys(arguments.text)))
    pseudonym = _pseudonym(names)
    problems = list(_unclear(arguments, names))
    if arguments.older_than_retention:
        before = now - chosen.config.evidence.retain
        what = f"everybody, out of what was decided before {before:%Y-%m-%d}"
        look = partial(fading.look, before=before)
    else:
        what = _given(arguments)
        look = partial(_look_for, names=names, pseudonym=pseudonym)
        problems += _still_here(names, chosen.config.roster)
    if problems:
        raise Misconfigured(problems, NOTHING)
    why, by = arguments.reason.strip(), arguments.by.strip()
    return Wish(what=what, why=why, by=by, pseudonym=pseudonym, look=look)


def _given(arguments: argparse.Namespace) -> str:
    """Whoever reads it later sees whether more was taken out than a name."""
    lengths = [str(_count(it)) for it in dict.fromkeys(arguments.text)]
    parts = [
        _counted(len(set(given)), what)
        for given, what in (
            (arguments.person, "id"),
            (arguments.login, "login"),
            (arguments.email, "address"),
            (arguments.text, "free text"),
        )
        if given
    ]
    of = f" (words: {', '.join(lengths)})" if lengths else ""
    return f"what was said to name one person: {', '.join(parts)}{of}"


def _counted(count: int, what: str) -> str:
    plural = "es" if what.endswith("s") else "s"
    return f"{count} {what}{'' if count == 1 else plural}"


def _pseudonym(names: Names) -> str:
    """One in which none of them stands, if there is any."""
    for _ in range(100):
        drawn = f"{PSEUDONYM}{secrets.token_hex(4)}"
        if not (names.all and Eraser(names, drawn).may_meet(drawn)):
            break
    return drawn


def _look_for(session: Session, names: Names, pseudonym: str) -> Look:
    return erasing.look(session, erasing.eraser(session, names, pseudonym))


def _unclear(arguments: argparse.Namespace, names: Names) -> Iterator[str]:
    """A reason that names somebody would be the last place where they stand."""
    if arguments.older_than_retention is bool(names.all):
        yield "say whom: --person, --email, --login or --text; or --older-than-retention alone"
    yield from _no_names(names)
    for option, text in (("--reason", arguments.reason), ("--by", arguments.by)):
        if not text.strip() or len(text) > LONGEST:
            yield f"{option}: say it in 1 to {LONGEST} characters"
        elif names.all and Eraser(names, PSEUDONYM).may_meet(text):
            yield f"{option} names whom it is about, and is kept"


def _no_names(names: Names) -> Iterator[str]:
    for name in names.all:
        if len(fold(name).strip()) < SHORTEST:
            yield f"{name!r} is too short: at least {SHORTEST} characters"
        elif Eraser(Names(texts=(name,)), "").may_meet(PSEUDONYM):
            yield f"{name!r} would stand in every pseudonym: {PSEUDONYM}…"
    yield from (f"{it!r} is more than one word: use --text" for it in names.words if _count(it) > 1)
    yield from (
        f"{it!r} is no name: --text takes up to {NAME_WORDS} words and {NAME_LETTERS} characters"
        for it in names.texts
        if _count(it) > NAME_WORDS or len(it) > NAME_LETTERS
    )


def _count(name: str) -> int:
    return len(fold(name).split())


def _still_here(names: Names, roster: Roster) -> list[str]:
    """By id, name, login or address, however it is written."""
    found: set[str] = set()
    for name in names.all:
        known = (Identity(email=name), Identity(login=name))
        found.update(it.id for who in known for it in roster.everyone_named(who))
        called = fold(name)
        found.update(
            it.id
            for it in roster.people.values()
            if called in (fold(it.id), fold(it.name), fold(it.slack))
        )
    return [
        f"{who} is in the roster: take them out of the config, start the server once, and stop it"
        for who in sorted(found)
    ]


def _look(chosen: Settings, wish: Wish) -> ErasedNow:
    with looked_at(chosen.database_url) as connection, connection.begin():
        _check(connection)
        return _told(wish.look(Session(connection)), wish.pseudonym)


def _erase(chosen: Settings, wish: Wish, now: datetime) -> ErasedNow:
    vouching = trail.vouching(chosen, parts.signer_of(chosen))
    with opened(chosen.database_url) as connection:
        with connection.begin():
            _check(connection)
            migrating.hold(connection)
            _check_alone(connection)
            found = _erased(Session(connection), wish, now, vouching)
            _check_alone(connection)  # somebody may have been started meanwhile
        left = cleaning.clean(connection) if found.rows else ""
        return _told(found, wish.pseudonym, left)


def _erased(session: Session, wish: Wish, now: datetime, vouching: Vouching) -> Look:
    found = wish.look(session)
    if found.rows:
        said = taking_out.Said(
            what=wish.what, why=wish.why, by=wish.by, pseudonym=wish.pseudonym, at=now
        )
        taking_out.erase(session, found, said, vouching.sign, vouching.is_ours)
        again = wish.look(session)
        if again.signoffs.keys() & found.signoffs if found.more else again.rows:
            raise NotErased("something would be left; please tell whoever makes Countersign")
    return found


def _check(connection: Connection) -> None:
    if not migrating.look(connection).usable:
        raise _refused("DATABASE_URL: it has an older schema: run countersign migrate first")


def _check_alone(connection: Connection) -> None:
    if migrating.others(connection):
        raise NotErased("somebody uses the database: stop every countersign")


def _told(found: Look, pseudonym: str, left: str | None = None) -> ErasedNow:
    """`left` is what is still to be done, once it is done."""
    return ErasedNow(
        rows=found.rows,
        pseudonym=pseudonym,
        done=left is not None and bool(found.rows),
        entries=len(found.entries),
        attestations=len(found.attestations),
        unsalted=found.unsalted,
        in_the_way=found.in_the_way,
        remnants=[f"{word} ({count})" for word, count in found.remnants.most_common()],
        beside=sorted(found.beside),
        cleaning=left or "",
        not_over=found.not_over,
        more=found.more,
    )


def _refused(said: str) -> Misconfigured:
    return Misconfigured([said], NOTHING)
