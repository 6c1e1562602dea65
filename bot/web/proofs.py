"""What does a genuine token prove of a run, may that run ask here, and does it tell the truth?

Only what cannot be moved to somebody else counts: numbers of projects and owners, a file at its ref.
`sub` is never looked at: what it is made of differs, and every project may choose it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from aiohttp import web

from bot.config.mistakes import shown
from bot.config.oidc import Oidc
from bot.domain.change import Change, Identity
from bot.ports import Invalid, Problem

_LONGEST = 1_000
_NUMBER = re.compile("[0-9]{1,20}")
_BOT = "[bot]"
_PULLS = frozenset({"pull_request", "pull_request_review", "pull_request_review_comment"})


class NotAuthorised(web.HTTPForbidden):
    """A genuine token that may not do this; the sentence is for whoever sent it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(reason=sentence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Which claim says it, on one platform. `run`: by these together a run is told from others."""

    project: str
    owner: str
    repository: str
    workflow: str
    login: str
    account: str
    email: str
    run: tuple[str, ...]
    revision: str = "sha"
    environment: str = "environment"
    protected: str = "ref_protected"


NAMES: Mapping[str, Names] = {
    "github": Names(
        project="repository_id",
        owner="repository_owner_id",
        repository="repository",
        workflow="job_workflow_ref",
        login="actor",
        account="actor_id",
        email="",
        run=("run_id", "run_attempt"),
    ),
    "gitlab": Names(
        project="project_id",
        owner="namespace_id",
        repository="project_path",
        workflow="ci_config_ref_uri",
        login="user_login",
        account="user_id",
        email="user_email",
        run=("pipeline_id",),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Who asks. `id` is the token's own; `of_pull` is a run on a merge that GitHub only tries."""

    issuer: str
    id: str
    project: str
    owner: str
    repository: str
    revision: str
    workflow: str
    environment: str
    protected: bool
    of_pull: bool
    actor: Identity
    run: str


def proof_of(claims: Mapping[str, object], trust: Oidc) -> Proof:
    """What the claims of its platform say. Raises NotAuthorised if one is missing, or odd."""
    names = NAMES[trust.platform]
    issuer = _text(claims, "iss")
    login = _text(claims, names.login)
    numbers = " ".join(f"{name} {_number(claims, name)}" for name in names.run)
    return Proof(
        issuer=issuer,
        id=_text(claims, "jti"),
        project=_number(claims, names.project),
        owner=_number(claims, names.owner),
        repository=_text(claims, names.repository),
        revision=_text(claims, names.revision),
        workflow=_text(claims, names.workflow, needed=False),
        environment=_text(claims, names.environment, needed=False),
        protected=_said_yes(claims.get(names.protected)),
        of_pull=trust.platform == "github" and _of_pull(claims),
        actor=Identity(
            login=login,
            id=f"{trust.accounts}:{_number(claims, names.account)}",
            email=_text(claims, names.email, needed=False) if names.email else "",
            kind="Bot" if login.endswith(_BOT) else "",
        ),
        run=f"{issuer} {numbers}",
    )


def refusals(proof: Proof, trust: Oidc) -> Iterator[str]:
    """Why this run may not ask where `trust` holds: the claims that are wrong, and what they say.

    What would be right is not told: everybody can have a genuine token.
    """
    names = NAMES[trust.platform]
    for claim, said, allowed in (
        (names.project, proof.project, trust.projects),
        (names.owner, proof.owner, trust.owners),
        (names.workflow, proof.workflow, trust.workflows),
        (names.environment, proof.environment, trust.environments),
    ):
        if allowed and said not in allowed:
            yield f"{claim}, which is {shown(said, 200) or 'missing'}"
    if trust.protected and not proof.protected:
        yield f'{names.protected}, which is not "true"'


def agreed(change: Change, proof: Proof) -> Change:
    """The change with what the token proves in it: its run, and who triggered it.

    Raises NotAuthorised, or Invalid where the change says something else than the token.
    """
    if proof.of_pull:
        raise NotAuthorised(
            "The run of a pull request proves only the merge that GitHub made to try it, which "
            "nobody ships; announce the change in a run of a push or of a deployment."
        )
    said = {"repository": proof.repository, "revision": proof.revision}
    if proof.environment:
        said["environment"] = proof.environment
    wrong = [
        Problem(f"data.{name}", f"must be {shown(value, 200)}, as the token of this job says")
        for name, value in said.items()
        if getattr(change, name) != value
    ]
    if wrong:
        raise Invalid(*wrong)
    return _triggered(replace(change, run=proof.run), proof.actor)


def _triggered(change: Change, actor: Identity) -> Change:
    """Whom the job itself names had a part too."""
    stated = change.triggered_by
    if stated is None:
        return replace(change, triggered_by=actor)
    if stated.login.casefold() == actor.login.casefold():
        email, name = actor.email or stated.email, stated.name
        return replace(change, triggered_by=replace(actor, email=email, name=name))
    return replace(change, triggered_by=actor, pushers=(*change.pushers, stated))


def _said_yes(said: object) -> bool:
    """GitLab has texts for booleans, and to Python "false" is true."""
    return said is True or said == "true"


def _of_pull(claims: Mapping[str, object]) -> bool:
    return claims.get("event_name") in _PULLS or str(claims.get("ref")).startswith("refs/pull/")


def _text(claims: Mapping[str, object], name: str, *, needed: bool = True) -> str:
    said = claims.get(name)
    if said is None and not needed:
        return ""
    if not (isinstance(said, str) and said.isprintable() and len(said) <= _LONGEST):
        raise NotAuthorised(f"The claim {name} is missing from this token, or is no plain text.")
    if needed and not said:
        raise NotAuthorised(f"The claim {name} of this token is empty.")
    return said


def _number(claims: Mapping[str, object], name: str) -> str:
    said = claims.get(name)
    if not (isinstance(said, str) and _NUMBER.fullmatch(said)):
        raise NotAuthorised(
            f"The claim {name} is missing from this token, or is no number in text."
        )
    return said
