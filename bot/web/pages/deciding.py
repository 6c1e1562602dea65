"""How does somebody decide on our own page? They read, say why, and their key signs exactly that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from bot.domain.card import card_of
from bot.domain.errors import Refusal, UnknownPerson
from bot.domain.overriding import may_override
from bot.domain.people import Person
from bot.domain.quorum import check_may_review
from bot.domain.signoff import BY_KEY, Assertion, Review, Signoff, Verdict
from bot.engine.board import Board
from bot.engine.clicks import Click, Proof
from bot.engine.glancing import Glancing
from bot.engine.rulebook import Rulebook
from bot.engine.signoffs import Signoffs
from bot.engine.stepping_up import SteppingUp, Visit
from bot.ports import Malformed
from bot.web.membership import Membership
from bot.web.pages.posted import one_of, read, text, texts
from bot.web.pages.rendering import Pages
from bot.web.pages.statements import DECISION, Facts, Statements
from bot.web.pages.visits import Doorman, NotSignedIn
from bot.web.pages.webauthn import Keys
from bot.web.problems import problem

LONGEST_REASON = 3000

UNSIGNED = Assertion(
    credential="",
    public_key="",
    statement="",
    client_data="",
    authenticator_data="",
    signature="",
)

_SAID = {
    Verdict.APPROVE: "Your approval was recorded, with what your key signed.",
    Verdict.REJECT: "Your rejection was recorded, with what your key signed.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    pages: Pages
    doorman: Doorman
    stepping_up: SteppingUp
    statements: Statements
    keys: Keys
    board: Board
    signoffs: Signoffs
    rulebook: Rulebook
    members: Membership

    async def page(self, request: web.Request) -> web.StreamResponse:
        """GET /decide/{id}: to strangers it looks the same, whatever there is."""
        wanted = f"/decide/{request.match_info['id']}"
        visit = await self.doorman.visit(request)
        if visit is None:
            return self.pages.show("sign_in", 401, wanted=wanted, what="decide")
        signoff = await self.board.signoff(request.match_info["id"])
        person = self.rulebook.roster.people.get(visit.person)
        if signoff is None or person is None:
            return self.pages.notice(404, "Nothing is here", "There is no such sign-off.")
        if request.method == "GET":
            await Glancing(self.board.store).looked(signoff, person.id)
        change, digest = signoff.change, signoff.requirement.policy_digest
        refusal = self.rulebook.refusal(signoff, person.id, change.revision, digest)
        return self.pages.show(
            "decide",
            card=card_of(signoff, self.rulebook.roster, detailed=True, reader=person.id),
            person=person,
            refusal=refusal.sentence if refusal else "",
            keys=await self.stepping_up.active(person.id),
            may_override=self._may_override(person),
            csrf=visit.csrf,
            longest=LONGEST_REASON,
        )

    async def challenge(self, request: web.Request) -> web.StreamResponse:
        """POST /decide/{id}/challenge: what is to be signed, and by which keys."""
        return await self._answered(request, self._challenge)

    async def decide(self, request: web.Request) -> web.StreamResponse:
        """POST /decide/{id}: what was signed."""
        return await self._answered(request, self._decide)

    async def _answered(
        self,
        request: web.Request,
        answer: Callable[[Visit, Signoff, Facts], Awaitable[web.Response]],
    ) -> web.Response:
        try:
            visit = await self.doorman.poster(request)
        except NotSignedIn:
            return problem(401, "Your sign-in is over. Sign in again, and decide then.")
        said = await read(request)
        signoff = await self.board.signoff(request.match_info["id"])
        if signoff is None:
            raise web.HTTPNotFound(reason="There is no such sign-off.")
        return self.pages.dressed(await answer(visit, signoff, said), "no-store")

    async def _challenge(self, visit: Visit, signoff: Signoff, said: Facts) -> web.Response:
        review = _review(visit, said, self.statements.clock())
        self._check_worth_signing(signoff, review)
        statement = self.statements.made(visit, DECISION, _facts(signoff, review))
        asked = self.keys.asking(statement, await self.stepping_up.active(visit.person))
        return web.json_response({"statement": statement, **asked})

    async def _decide(self, visit: Visit, signoff: Signoff, said: Facts) -> web.Response:
        told = self.statements.known(visit, DECISION, said.get("statement"))
        if told["signoff"] != signoff.id:
            raise Malformed("the statement is about another sign-off")
        keys = await self.stepping_up.active(visit.person)
        signed = self.keys.signed(str(said["statement"]), said.get("assertion"), keys)
        person = self._person(visit)
        await self.members.check_here(person)
        verdict = Verdict(one_of(told, "verdict", tuple(Verdict)))
        click = Click(
            id=f"step-up {told['nonce']}",
            signoff_id=signoff.id,
            person=person.id,
            revision=text(told, "revision"),
            policy_digest=text(told, "policyDigest"),
            absent=await self._absent(signoff),
        )
        proof = Proof(how=BY_KEY, assertion=signed.assertion, used=signed.used)
        checklist = tuple(texts(told, "checklist"))
        reason = text(told, "reason")
        after = await self.signoffs.review(click, verdict, reason, checklist, proof)
        return web.json_response({"status": after.status.value, "sentence": _SAID[verdict]})

    def _check_worth_signing(self, signoff: Signoff, review: Review) -> None:
        """Nobody is to touch their key for what cannot count. What does is decided when it is sent."""
        standing = self.rulebook.roster.standing(review.person)
        try:
            check_may_review(signoff, review, standing, decides=True)
        except Refusal as refusal:
            raise self.rulebook.explain(refusal, signoff, review.person) from None

    def _may_override(self, person: Person) -> bool:
        known = self.rulebook
        return may_override(known.roster.standing(person.id), known.overrides)

    def _person(self, visit: Visit) -> Person:
        person = self.rulebook.roster.people.get(visit.person)
        if person is None:
            raise UnknownPerson
        return person

    async def _absent(self, signoff: Signoff) -> frozenset[str]:
        """Who decided before and is gone; where the chat is down, who did not decide here."""
        latest = {review.person: review for review in signoff.reviews}
        found = [(id, await self.members.is_gone(id, it.proved)) for id, it in latest.items()]
        return frozenset(id for id, gone in found if gone)


def _review(visit: Visit, said: Facts, at: datetime) -> Review:
    """What somebody would say, as if they had signed it."""
    return Review(
        person=visit.person,
        verdict=Verdict(one_of(said, "verdict", tuple(Verdict))),
        at=at,
        revision=text(said, "revision"),
        policy_digest=text(said, "policy_digest"),
        reason=text(said, "reason")[:LONGEST_REASON],
        checklist=tuple(texts(said, "checklist")),
        proved=BY_KEY,
        assertion=UNSIGNED,
    )


def _facts(signoff: Signoff, review: Review) -> Facts:
    """What their key is to sign."""
    change = signoff.change
    return {
        "signoff": signoff.id,
        "repository": change.repository,
        "environment": change.environment,
        "revision": review.revision,
        "tree": change.tree,
        "artifact": change.artifact_digest,
        "policyDigest": review.policy_digest,
        "verdict": review.verdict.value,
        "reason": review.reason,
        "checklist": list(review.checklist),
    }
