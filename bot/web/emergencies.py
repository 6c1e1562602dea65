"""How does somebody override who is not in the chat? By the API, or on our own page."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.errors import AskerLeft
from bot.domain.override import OverrideWanted
from bot.domain.people import Person
from bot.domain.signoff import Signoff
from bot.engine.clicks import Click, Proof
from bot.engine.signoffs import Signoffs
from bot.web.membership import Membership

LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What somebody does to a signoff of a revision they read; the same `id` twice is one."""

    id: str
    person: Person
    signoff: Signoff
    revision: str
    proof: Proof

    @property
    def click(self) -> Click:
        return Click(
            id=self.id,
            signoff_id=self.signoff.id,
            person=self.person.id,
            revision=self.revision,
            policy_digest=self.signoff.requirement.policy_digest,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Emergencies:
    """Each raises the Refusal that says why not."""

    signoffs: Signoffs
    members: Membership

    async def override(self, deed: Deed, incident: str, reason: str) -> Signoff:
        await self.members.check_here(deed.person)
        return await self.signoffs.override(deed.click, incident, reason, deed.proof)

    async def confirm(self, deed: Deed, wanted: OverrideWanted | None) -> Signoff:
        """What is `wanted` by somebody else, who must still be here."""
        await self.members.check_here(deed.person)
        if wanted and await self.members.is_gone(wanted.by, wanted.shown.how):
            raise AskerLeft
        return await self.signoffs.confirm_override(deed.click, wanted, deed.proof)

    async def review(self, deed: Deed, note: str, *, fine: bool) -> Signoff:
        await self.members.check_here(deed.person)
        return await self.signoffs.review_override(deed.click, note, fine=fine)
