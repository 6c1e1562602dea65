"""Which entries could stand in the config for the people that the services know?"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any
from zoneinfo import available_timezones

import yaml

from bot.cli.sources import Account, Source
from bot.domain.look_alikes import folded, mailbox
from bot.domain.people import Person, Roster
from bot.domain.spans import harmless

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_NOT_OF_AN_ID = re.compile(r"[^a-z0-9._-]+")
_SLACK_ID = re.compile(r"[UW][A-Z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What to write under an id: a whole entry, or what an existing one lacks; and why."""

    id: str
    is_new: bool
    entry: Mapping[str, Any]
    notes: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class _Draft:
    """A person as far as we know them while accounts are matched."""

    known: Person | None = None
    accounts: list[tuple[Account, str]] = field(default_factory=list)

    def has(self, source: Source) -> bool:
        """Whether a second account there would be one too many."""
        if source is Source.SLACK and self.known and self.known.slack:
            return True
        return any(account.source is source for account, _ in self.accounts)

    @property
    def names(self) -> set[str]:
        own = [self.known.name] if self.known else []
        return {folded(name) for name in (*own, *(it.name for it, _ in self.accounts))} - {""}

    @property
    def mailboxes(self) -> set[str]:
        own = self.known.emails if self.known else frozenset()
        return {mailbox(it) for it in (*own, *(e for a, _ in self.accounts for e in a.emails))}


def propose(roster: Roster | None, accounts: Iterable[Account]) -> tuple[Proposal, ...]:
    """New people, and what known ones lack; Slack's accounts are looked at first."""
    drafts = [_Draft(known=person) for person in roster.people.values()] if roster else []
    listed = list(accounts)
    for source in Source:
        of_source = [account for account in listed if account.source is source]
        _match(drafts, of_source)
    taken = set(roster.people) if roster else set()
    lowest = roster.levels[0] if roster else "junior"
    found = [_proposal(draft, taken, lowest) for draft in drafts if draft.accounts]
    return tuple(proposal for proposal in found if proposal.entry)


def _match(drafts: list[_Draft], accounts: Sequence[Account]) -> None:
    """From the surest way to the least sure; who fits nobody is somebody new."""
    left = list(accounts)
    for way in (_by_account, _by_login, _by_email, _by_name):
        found = way(drafts, left)
        for account, draft, note in found:
            draft.accounts.append((account, note))
        matched = {id(account) for account, _, _ in found}
        left = [account for account in left if id(account) not in matched]
    for account in left:
        drafts.append(_Draft(accounts=[(account, f"{account.source.value}: nobody else fits")]))


_Found = list[tuple[Account, _Draft, str]]


def _by_account(drafts: list[_Draft], accounts: list[Account]) -> _Found:
    owners = {f"slack:{it.known.slack}": it for it in drafts if it.known and it.known.slack}
    owners |= {key: it for it in drafts if it.known for key in it.known.accounts}
    keyed = ((account, owners.get(f"{account.source.value}:{account.id}")) for account in accounts)
    return [(account, draft, "") for account, draft in keyed if draft]


def _by_login(drafts: list[_Draft], accounts: list[Account]) -> _Found:
    owners = {login: it for it in drafts if it.known for login in it.known.logins}
    keyed = (
        (account, owners.get(account.login.casefold()))
        for account in accounts
        if account.source is not Source.SLACK
    )
    return [(account, draft, "") for account, draft in keyed if draft]


def _by_email(drafts: list[_Draft], accounts: list[Account]) -> _Found:
    owners = _unique((box, draft) for draft in drafts for box in draft.mailboxes)
    found: _Found = []
    for account in accounts:
        fitting = [owners[box] for box in map(mailbox, account.emails) if box in owners]
        if fitting and all(draft is fitting[0] for draft in fitting):
            found.append((account, fitting[0], f"{account.source.value}: sure, by e-mail"))
    return found


def _by_name(drafts: list[_Draft], accounts: list[Account]) -> _Found:
    """Only where one person here and one account there have the name."""
    owners = _unique((name, draft) for draft in drafts for name in draft.names)
    counts = Counter(folded(account.name) for account in accounts)
    found: _Found = []
    for account in accounts:
        name = folded(account.name)
        draft = owners.get(name)
        if draft and counts[name] == 1 and not draft.has(account.source):
            found.append((account, draft, f"{account.source.value}: by name alone, please check"))
    return found


def _unique(pairs: Iterable[tuple[str, _Draft]]) -> dict[str, _Draft]:
    """What points at one draft alone."""
    holders: dict[str, dict[int, _Draft]] = {}
    for key, draft in pairs:
        holders.setdefault(key, {})[id(draft)] = draft
    return {key: next(iter(them.values())) for key, them in holders.items() if len(them) == 1}


def _proposal(draft: _Draft, taken: set[str], lowest: str) -> Proposal:
    known = draft.known
    notes = tuple(dict.fromkeys(note for _, note in draft.accounts if note))
    if known:
        return Proposal(id=known.id, is_new=False, entry=_entry(draft), notes=notes)
    first = draft.accounts[0][0]
    name = next((said for it, _ in draft.accounts if (said := harmless(it.name, 200))), "")
    start = {"name": name or harmless(first.login, 200) or first.id, "level": lowest}
    notes = (*notes, f"level: {lowest} is a guess")
    return Proposal(
        id=_new_id(first, taken), is_new=True, entry={**start, **_entry(draft)}, notes=notes
    )


def _entry(draft: _Draft) -> dict[str, Any]:
    """What the accounts add to what is known."""
    known, entry, emails = draft.known, dict[str, Any](), list[str]()
    boxes = {mailbox(it) for it in known.emails} if known else set[str]()
    for account, _ in draft.accounts:
        for email in map(_bare, account.emails):
            if mailbox(email) not in boxes:
                boxes.add(mailbox(email))
                emails.append(email)
        entry |= {key: it for key, it in _of_account(account, known).items() if key not in entry}
    return {**entry, "emails": emails} if emails else entry


def _of_account(account: Account, known: Person | None) -> dict[str, Any]:
    if account.source is Source.SLACK:
        added: dict[str, Any] = {}
        if _SLACK_ID.fullmatch(account.id) and not (known and known.slack):
            added["slack"] = account.id
        if _is_news(account.timezone) and (known is None or known.timezone == "UTC"):
            added["timezone"] = account.timezone
        return added
    key, login = account.source.value, harmless(account.login, 100)
    logins = known.logins if known else frozenset[str]()
    numbers = known.accounts if known else frozenset[str]()
    added = {key: login} if login and login.casefold() not in logins else {}
    if account.id and f"{key}:{account.id}" not in numbers:
        added[f"{key}_id"] = int(account.id)
    return added


def _is_news(timezone: str) -> bool:
    return timezone != "UTC" and timezone in available_timezones()


def _bare(email: str) -> str:
    """As the config wants it: it stands for the address with any tag, too."""
    local, _, host = email.rpartition("@")
    return f"{local.partition('+')[0] or local}@{host}"


def _new_id(account: Account, taken: set[str]) -> str:
    """From the address, the login or the name, whichever makes a name first."""
    address = _bare(account.emails[0]).partition("@")[0] if account.emails else ""
    words = (_slug(word) for word in (address, account.login, account.name, "person"))
    word = next(word for word in words if _ID.fullmatch(word))
    free = next(it for n in count(1) if (it := word if n == 1 else f"{word}-{n}") not in taken)
    taken.add(free)
    return free


def _slug(word: str) -> str:
    return _NOT_OF_AN_ID.sub("-", folded(word)).strip("-._")[:50]


def as_yaml(proposals: Iterable[Proposal]) -> Iterator[str]:
    """Lines to copy into the config; a comment says how sure each is."""
    yield "# Proposed, and written nowhere: look at it, and copy what is right."
    yield "people:"
    for proposal in proposals:
        state = "new" if proposal.is_new else "is there already; add this to it"
        yield f"  # {'; '.join((state, *proposal.notes))}"
        yield f"  {_key(proposal.id)}: {{{', '.join(map(_pair, proposal.entry.items()))}}}"


def _key(id: str) -> str:
    """As it is where no reader of YAML takes it for a number or a yes."""
    return id if yaml.safe_load(id) == id else json.dumps(id)


def _pair(item: tuple[str, Any]) -> str:
    key, value = item
    return f"{key}: {json.dumps(value, ensure_ascii=False)}"


def as_json(proposals: Iterable[Proposal]) -> dict[str, Any]:
    return {"ok": True, "people": [asdict(proposal) for proposal in proposals]}
