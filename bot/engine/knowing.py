"""What is known when a change arrives: of itself, and of the place where it wants to go?"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bot.domain.change import Change
from bot.domain.dossier import EMPTY, Dossier
from bot.domain.unshipped import (
    Unshipped,
    builds_up,
    known_together,
    left_by,
    sort_out,
)
from storage import dossiers, places, reading
from storage.store import Session


@dataclass(frozen=True, slots=True)
class Known:
    """What is known when a change arrives: of its earlier revisions, and of what was stopped where
    it wants to go, with what was `learnt` of all that ships along.
    """

    dossier: Dossier = EMPTY
    unshipped: Unshipped = field(default_factory=Unshipped)
    learnt: tuple[Dossier, ...] = ()

    @property
    def everything(self) -> Dossier:
        """Of the change, and of what goes along with it."""
        return known_together(self.dossier, self.unshipped.along, self.learnt)

    def same_as(self, other: Known) -> bool:
        """What is decided meanwhile of what goes along changes nothing in it."""
        mine, theirs = self.unshipped, other.unshipped
        same_left = (mine.ids, mine.apart) == (theirs.ids, theirs.apart)
        return same_left and (self.dossier, self.learnt) == (other.dossier, other.learnt)


def known(session: Session, change: Change, *, keep_older: bool = False) -> Known:
    """What is to be superseded is as good as stopped."""
    dossier = dossiers.of(session, change)
    along = tuple(dossiers.of(session, replace(change, lineage=it)) for it in change.ships)
    newest = places.newest(session, change)
    left = left_by(newest) if newest else ()
    if not left:
        return Known(dossier, learnt=along)
    if not builds_up(change):
        return Known(dossier, Unshipped(apart=left), along)
    found = reading.signoffs(session, left)
    in_order = [found[id] for id in left if id in found]
    signed = places.signed(session, change, (change.revision, change.base_revision))
    unshipped = sort_out(change, in_order, signed, side_by_side=keep_older)
    learnt = tuple(dossiers.of(session, it.change) for it in unshipped.along)
    return Known(dossier, unshipped, (*along, *learnt))
