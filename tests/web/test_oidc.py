"""A job asks with a token of its platform: what it may do, and whatever else somebody tries."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from bot.demo.scene import SENIOR, Scene
from bot.engine.intake import KEPT_FOR
from bot.web.oidc import LARGEST, LEEWAY, LONGEST_LIFE
from tests.web.ci import BEARER, OTHER_SECRET, SIGNOFFS, Ci, Heard
from tests.web.issuer import (
    AUDIENCE,
    FakeIssuer,
    ec_key,
    part,
    public_jwk,
    resigned,
    rsa_key,
    signed_with_public_key,
    unsigned,
)

DEPLOY = "acme/payments-api/.github/workflows/deploy.yml@refs/heads/main"
OIDC = 'platform: github, projects: 1001, owner_ids: ["42"], environments: production'
CONNECTIONS = "connections:\n"
LINKS = 'link_prefix: "https://git.acme.example/"'


@pytest.fixture
async def issuer(scene: Scene) -> AsyncIterator[FakeIssuer]:
    issuer = FakeIssuer(scene.clock)
    await issuer.start()
    yield issuer
    await issuer.stop()


class Job:
    """One run in GitHub Actions or GitLab, with a change that it may announce."""

    def __init__(self, ci: Ci, issuer: FakeIssuer) -> None:
        self.ci, self.issuer = ci, issuer
        self.data = ci.change()

    def claims(self, **other: Any) -> dict[str, Any]:
        return self.issuer.claims(**{"sha": self.data["revision"], **other})

    def gitlab(self, **other: Any) -> dict[str, Any]:
        return self.issuer.gitlab(**{"sha": self.data["revision"], **other})

    def token(self, **other: Any) -> str:
        return self.issuer.token(self.claims(**other))

    async def announce(self, token: str, **facts: Any) -> Heard:
        body = json.dumps({**self.data, **facts}).encode()
        return await self.ci.post(body, bearer(token), SIGNOFFS)

    async def ask(self, token: str, path: str, method: str = "GET") -> Heard:
        return await self.ci.ask(method, f"{SIGNOFFS}/{path}", bearer(token))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def trusting(
    scene: Scene,
    issuer: FakeIssuer,
    oidc: str = OIDC,
    more: str = "",
    accounts: str = "accounts: github, ",
) -> None:
    """The house takes tokens of this issuer for payments-ci; its accounts are those of the roster."""
    await scene.stop()
    block = f"{LINKS}, {accounts}oidc: {{issuer: {json.dumps(issuer.url)}, {oidc}}}"
    scene.config = scene.config.replace(LINKS, block).replace(CONNECTIONS, CONNECTIONS + more)
    scene.environ = {**scene.environ, "PUBLIC_URL": AUDIENCE}
    await scene.start()


@pytest.fixture
async def job(ci: Ci, scene: Scene, issuer: FakeIssuer) -> Job:
    await trusting(scene, issuer)
    return Job(ci, issuer)


async def nothing_open(job: Job) -> bool:
    """The job may still announce its own change as a new one."""
    heard = await job.ci.post(json.dumps(job.data).encode(), BEARER, SIGNOFFS)
    return heard.status == 202


# What a job may do.


async def test_a_job_announces_and_waits_with_one_token(job: Job, scene: Scene):
    token = job.token()
    opened = await job.announce(token)
    assert (opened.status, opened.said["status"]) == (202, "pending")
    signoff_id = opened.said["id"]
    card = await scene.shown(signoff_id)
    for path in (signoff_id, f"{signoff_id}?wait=1", f"{signoff_id}/explanation"):
        assert (await job.ask(token, path)).status == 200
    await scene.press(SENIOR, card, "Approve")
    heard = await job.ask(token, f"{signoff_id}?wait=30")
    assert (heard.said["status"], heard.said["proceed"]) == ("approved", True)
    assert (await job.ask(token, f"{signoff_id}/attestation")).status == 200


async def test_it_waits_on_with_another_token_of_its_run(job: Job, scene: Scene):
    opened = await job.announce(job.token())
    scene.clock.advance(minutes=10)  # type: ignore[attr-defined]
    assert (await job.ask(job.token(), opened.said["id"])).said["status"] == "pending"


async def test_the_shared_token_is_as_good_as_before(job: Job):
    assert (await job.ci.announce_by_token()).status == 202


async def test_a_token_for_several_is_for_us_too(job: Job):
    assert (await job.announce(job.token(aud=["https://other.example", AUDIENCE]))).status == 202


async def test_a_token_may_say_a_lot(job: Job):
    groups = [f"acme/payments/team-{number}" for number in range(300)]
    token = job.token(groups_direct=groups)
    assert 8_192 < len(token) < LARGEST
    assert (await job.announce(token)).status == 202


async def test_keys_are_fetched_once_for_many_tokens(job: Job):
    heard = await asyncio.gather(*(job.ask(job.token(), "sgn_x") for _ in range(20)))
    assert {it.status for it in heard} == {404}
    assert job.issuer.asked == ["/.well-known/openid-configuration", "/keys"]


async def test_a_job_of_gitlab_is_taken_by_its_own_claims(ci: Ci, scene: Scene, issuer: FakeIssuer):
    file = "gitlab.acme.example/acme/payments-api//.gitlab-ci.yml@refs/heads/main"
    oidc = f'platform: gitlab, projects: "1001", workflows: "{file}", protected: true'
    await trusting(scene, issuer, oidc, accounts="accounts: gitlab, ")
    job = Job(ci, issuer)
    token = issuer.token(job.gitlab())
    opened = await job.announce(token)
    assert opened.status == 202
    signoff = await scene.house.board.signoff(opened.said["id"])
    assert signoff is not None
    triggered = signoff.change.triggered_by
    assert triggered is not None
    assert (triggered.id, triggered.email) == ("gitlab:501", "jun@acme.example")
    assert signoff.change.run == f"{issuer.url} pipeline_id 77"


async def test_an_issuer_of_ones_own_speaks_of_its_own_people(
    ci: Ci, scene: Scene, issuer: FakeIssuer
):
    """Number 7 of a GitHub Enterprise Server is not number 7 of github.com."""
    await trusting(scene, issuer, accounts="")
    job = Job(ci, issuer)
    opened = await job.announce(job.token(actor="grace", actor_id="7"))
    signoff = await scene.house.board.signoff(opened.said["id"])
    assert signoff is not None
    assert signoff.change.triggered_by is not None
    assert signoff.change.triggered_by.id == "127.0.0.1:7"
    assert "grace" in signoff.contributors.people
    assert "grace" in signoff.contributors.unknown


async def test_the_run_and_who_triggered_it_are_kept(job: Job, scene: Scene):
    opened = await job.announce(job.token(actor="grace", actor_id="7"))
    signoff = await scene.house.board.signoff(opened.said["id"])
    assert signoff is not None
    change = signoff.change
    assert change.run == f"{job.issuer.url} run_id 77 run_attempt 1"
    assert change.triggered_by is not None
    assert (change.triggered_by.login, change.triggered_by.id) == ("grace", "github:7")
    assert [pusher.login for pusher in change.pushers] == ["jun"]
    assert {"grace", "jun"} <= signoff.contributors.people


async def test_who_triggered_the_run_cannot_sign_whatever_the_body_says(job: Job, scene: Scene):
    opened = await job.announce(job.token(actor="ada"))
    card = await scene.shown(opened.said["id"])
    await scene.press(SENIOR, card, "Approve")
    assert "You had a part in this change" in await scene.told(SENIOR, "had a part")


async def test_an_agent_that_triggered_the_run_is_proved_to_have(job: Job, scene: Scene):
    agent = {"actor": "copilot-swe-agent[bot]", "actor_id": "198982749"}
    opened = await job.announce(job.token(**agent), ai=None, commits=None)
    signoff = await scene.house.board.signoff(opened.said["id"])
    assert signoff is not None
    found = [it for it in signoff.provenance.findings if it.where == "triggered by"]
    assert [(it.tool, it.tier) for it in found] == [("GitHub Copilot", "signed")]


async def test_another_run_needs_a_key_of_its_own(job: Job):
    assert (await job.announce(job.token())).status == 202
    again = await job.announce(job.token(run_attempt="2"))
    job.ci.check_problem(again, 409, "used before")


# Theft: what a stolen token is good for.


async def test_the_same_announcement_again_is_the_same_signoff(job: Job):
    token = job.token()
    first, again = await job.announce(token), await job.announce(token)
    assert (first.status, again.status) == (202, 200)
    assert first.said == again.said


async def test_a_used_token_announces_nothing_else(job: Job):
    token = job.token()
    first = await job.announce(token)
    stolen = await job.announce(token, key="another", title="Harmless")
    job.ci.check_problem(stolen, 401)
    reworded = await job.announce(token, title="Harmless")
    job.ci.check_problem(reworded, 401)
    assert (await job.announce(token)).said == first.said


async def test_not_after_a_restart_either_nor_under_another_name_of_the_same_id(
    job: Job, scene: Scene
):
    claims = job.claims()
    assert (await job.announce(job.issuer.token(claims))).status == 202
    await scene.stop()
    await scene.start()
    again = job.issuer.token({**claims, "iat": claims["iat"] + 1})  # same jti, other bytes
    job.ci.check_problem(await job.announce(again, key="another"), 401)


async def test_of_two_at_the_same_moment_one_is_taken(job: Job):
    token = job.token()
    heard = await asyncio.gather(*(job.announce(token, key=f"k{n}") for n in range(8)))
    assert sorted(it.status for it in heard) == [202] + [401] * 7


async def test_a_thief_who_was_first_stops_the_job_and_nothing_more(job: Job, scene: Scene):
    token = job.token()
    assert (await job.announce(token, title="Harmless")).status == 202
    job.ci.check_problem(await job.announce(token), 401)
    job.ci.check_problem(await job.announce(job.token()), 409, "used before")


async def test_what_cannot_be_announced_does_not_use_the_token_up(job: Job):
    token = job.token()
    job.ci.check_problem(await job.announce(token, title=""), 422)
    job.ci.check_problem(await job.announce(token, revision="d" * 40), 422)
    assert (await job.announce(token)).status == 202


async def test_it_shows_nothing_of_another_repository(job: Job, scene: Scene):
    elsewhere = await job.ci.announce_by_token(repository="acme/payments-ledger")
    path = elsewhere.said["id"]
    for more in ("", "?wait=30", "/attestation", "/explanation"):
        job.ci.check_problem(await job.ask(job.token(), path + more), 404, "no such signoff")
    job.ci.check_problem(await job.ask(job.token(), f"{path}/renew", "POST"), 404)


async def test_asking_what_went_on_last_does_not_use_the_token_up(job: Job):
    token = job.token()
    here = "?repository=acme/payments-api&environment=production"
    for _ in range(2):
        heard = await job.ci.ask("GET", f"/api/v1/places{here}", bearer(token))
        assert (heard.status, heard.said) == (200, {"revision": None})
    assert (await job.announce(token)).status == 202
    assert (await job.ci.ask("GET", f"/api/v1/places{here}", bearer(token))).status == 200


async def test_what_went_on_last_in_another_repository_is_not_told(job: Job):
    theirs = "?repository=acme/payments-ledger&environment=production"
    heard = await job.ci.ask("GET", f"/api/v1/places{theirs}", bearer(job.token()))
    job.ci.check_problem(heard, 404, "no such place")


async def test_it_shows_nothing_of_another_connection(ci: Ci, scene: Scene, issuer: FakeIssuer):
    more = "  other-ci: {kind: webhook, secret_env: OTHER_SECRET, token_env: OTHER_TOKEN}\n"
    scene.environ = {"OTHER_SECRET": OTHER_SECRET, "OTHER_TOKEN": "a-token-of-others"}
    await trusting(scene, issuer, more=more)
    job = Job(ci, issuer)
    body = json.dumps({**job.data, "callback_url": None}).encode()
    theirs = await ci.post(body, bearer("a-token-of-others"), SIGNOFFS)
    assert theirs.status == 202
    ci.check_problem(await job.ask(job.token(), theirs.said["id"]), 404)


async def test_asking_again_is_for_the_same_revision(job: Job):
    opened = await job.announce(job.token())
    path = f"{opened.said['id']}/renew"
    other = await job.ask(job.token(sha="d" * 40), path, "POST")
    job.ci.check_problem(other, 403, "another revision")
    job.ci.check_problem(await job.ask(job.token(), path, "POST"), 409, "pending")


async def test_a_connection_without_a_shared_token_takes_no_empty_one(
    ci: Ci, scene: Scene, issuer: FakeIssuer
):
    scene.config = scene.config.replace("token_env: PAYMENTS_CI_TOKEN, ", "")
    await trusting(scene, issuer)
    job = Job(ci, issuer)
    for headers in ({"Authorization": "Bearer "}, {"Authorization": "Bearer"}, BEARER):
        ci.check_problem(await ci.post(b"{}", headers, SIGNOFFS), 401)
    assert (await job.announce(job.token())).status == 202


async def test_where_nobody_is_trusted_no_token_is_even_looked_at(ci: Ci, issuer: FakeIssuer):
    job = Job(ci, issuer)
    ci.check_problem(await job.announce(job.token()), 401)
    assert issuer.asked == []


# Tokens that are not genuine: one answer for all, and nothing is opened.

Forge = Callable[[Job], str]
FOREIGN = "https://token.actions.githubusercontent.com"

FORGED: dict[str, Forge] = {
    "issuer with a prefix of ours": lambda j: j.token(iss=f"{j.issuer.url}.evil.example"),
    "issuer with our name as user": lambda j: j.token(iss=f"{j.issuer.url}@evil.example"),
    "issuer below ours": lambda j: j.token(iss=f"{j.issuer.url}/evil"),
    "issuer with a slash": lambda j: j.token(iss=f"{j.issuer.url}/"),
    "issuer in capitals": lambda j: j.token(iss=j.issuer.url.upper()),
    "issuer with a space": lambda j: j.token(iss=f" {j.issuer.url}"),
    "issuer without its scheme": lambda j: j.token(iss=j.issuer.url.removeprefix("http://")),
    "another issuer": lambda j: j.token(iss=FOREIGN),
    "a list of issuers": lambda j: (
        part({"alg": "RS256", "kid": "one"}) + "." + part(j.claims(iss=[j.issuer.url])) + ".AAAA"
    ),
    "no issuer": lambda j: j.token(iss=None),
    "alg none": lambda j: unsigned(j.claims()) + "AAAA",
    "alg none, no signature": lambda j: unsigned(j.claims()),
    "alg None": lambda j: unsigned(j.claims(), "NoNe") + "AAAA",
    "RS256 without signature": lambda j: unsigned(j.claims(), "RS256"),
    "RS256 with a short signature": lambda j: unsigned(j.claims(), "RS256") + "AAAA",
    "HS256 with the public key": lambda j: signed_with_public_key(j.claims()),
    "a secret that says RS256": lambda j: signed_with_public_key(j.claims(), "RS256"),
    "RS512": lambda j: j.issuer.token(j.claims(), algorithm="RS512"),
    "PS256": lambda j: j.issuer.token(j.claims(), algorithm="PS256"),
    "ES256": lambda j: j.issuer.token(j.claims(), key=ec_key(), algorithm="ES256"),
    "another key under our kid": lambda j: j.issuer.token(j.claims(), key=rsa_key("evil")),
    "unknown kid": lambda j: _old(j, kid="two"),
    "kid of a path": lambda j: _old(j, kid="../../../../etc/passwd"),
    "kid of an address": lambda j: _old(j, kid="https://evil.example/key"),
    "kid of a query": lambda j: _old(j, kid="one' OR '1'='1"),
    "empty kid": lambda j: _old(j, kid=""),
    "kid that is a number": lambda j: _header(j, kid=1),
    "kid that is a list": lambda j: _header(j, kid=["one"]),
    "no kid": lambda j: _header(j),
    "a key of its own": lambda j: _old(j, kid="evil", key=rsa_key("evil"), jwk={"kty": "RSA"}),
    "an address of keys": lambda j: _old(j, kid="evil", jku="https://evil.example/keys"),
    "crit": lambda j: j.issuer.token(j.claims(), crit=["exp"], exp=1),
    "crit b64": lambda j: j.issuer.token(j.claims(), crit=["b64"]),
    "expired": lambda j: j.token(exp=_now(j) - 61),
    "nbf of the future": lambda j: j.token(nbf=_now(j) + 90),
    "iat of the future": lambda j: j.token(iat=_now(j) + 90),
    "immortal": lambda j: j.token(exp=_now(j) + 10**9),
    "exp beyond numbers": lambda j: j.token(exp=2**80),
    "exp as text": lambda j: j.token(exp=str(_now(j) + 300)),
    "exp as a fraction": lambda j: j.token(exp=_now(j) + 300.5),
    "exp that is true": lambda j: j.token(exp=True),
    "nbf that is a list": lambda j: j.token(nbf=[0]),
    **{
        f"no {name}": lambda j, name=name: j.token(**{name: None})  # type: ignore[misc]
        for name in ("aud", "exp", "iat", "nbf", "jti")
    },
    "empty jti": lambda j: j.token(jti=""),
    "jti that is a list": lambda j: j.issuer.token(j.claims(jti=["a"])),
    "another audience": lambda j: j.token(aud="https://other.example"),
    "an audience below ours": lambda j: j.token(aud=f"{AUDIENCE}/"),
    "an audience with ours in it": lambda j: j.token(aud=f"{AUDIENCE}.evil.example"),
    "audiences without ours": lambda j: j.token(aud=["https://other.example", AUDIENCE[:-1]]),
    "an audience that is a mapping": lambda j: j.token(aud={AUDIENCE: True}),
    "no audience in the list": lambda j: j.token(aud=[]),
    "a number among audiences": lambda j: j.token(aud=[AUDIENCE, 1]),
    "claims changed": lambda j: resigned(j.token(), repository_id="1001", actor="nobody"),
    "four parts": lambda j: j.token() + ".AAAA",
    "two parts": lambda j: j.token().rpartition(".")[0],
    "five parts, encrypted": lambda j: ".".join([part({"alg": "dir", "enc": "A256GCM"})] * 5),
    "padding": lambda j: j.token() + "=",
    "claims that are a list": lambda j: _raw(j, b"[]"),
    "claims that are no JSON": lambda j: _raw(j, b"\xff"),
    "claims with a key twice": lambda j: _raw(j, b'{"iss": "a", "iss": "b"}'),
    "claims nested deeply": lambda j: _raw(j, b'{"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}"),
    "garbage": lambda j: "x.y.z",
    "dots": lambda j: "..",
    "longer than we read": lambda j: j.token(more="x" * LARGEST)[: LARGEST + 1],
}


def _now(job: Job) -> int:
    return int(job.issuer.clock().timestamp())


def _old(job: Job, **header: Any) -> str:
    """Made a while ago: what the issuer has had since then would be known."""
    return job.issuer.token(job.claims(iat=_now(job) - 60), **header)


def _header(job: Job, **header: Any) -> str:
    return f"{part({'alg': 'RS256', **header})}.{part(job.claims())}.AAAA"


def _raw(job: Job, claims: bytes) -> str:
    return f"{part({'alg': 'RS256', 'kid': 'one'})}.{part(claims)}.AAAA"


@pytest.mark.usefixtures("quiet")
@pytest.mark.trap(25)
async def test_what_is_not_genuine_is_refused_in_the_same_words(job: Job):
    """All forgeries meet one house: nothing that one of them leaves behind helps the next."""
    assert (await job.ask(job.token(), "sgn_x")).status == 404  # its keys are known now
    known = set()
    for what, forge in FORGED.items():
        token = forge(job)
        for heard in (await job.announce(token), await job.ask(token, "sgn_x")):
            assert heard.status == 401, (what, heard.body)
            job.ci.check_problem(heard, 401, "missing, wrong or too old")
            known.add(heard.body)
    assert len(known) == 1
    assert await nothing_open(job)


@pytest.mark.usefixtures("quiet")
async def test_who_is_not_configured_is_not_asked_for_keys(job: Job):
    for forge in ("issuer with a slash", "issuer below ours", "another issuer", "alg none"):
        await job.announce(FORGED[forge](job))
    assert job.issuer.asked == []


async def test_clocks_may_differ_by_a_minute(job: Job):
    for claims in ({"exp": _now(job) - 50}, {"iat": _now(job) + 50, "nbf": _now(job) + 50}):
        assert (await job.ask(job.token(**claims), "sgn_x")).status == 404, claims


async def test_no_token_outlives_the_memory_of_it():
    assert LONGEST_LIFE + LEEWAY < KEPT_FOR


async def test_no_token_is_logged_or_told(job: Job, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    tokens = [job.token(), job.token(aud="x"), job.token(repository_id="9"), _header(job)]
    heard = [await job.announce(token) for token in tokens]
    assert [it.status for it in heard] == [202, 401, 403, 401]
    for token in tokens:
        *_, claims, signature = token.split(".")
        for text in (caplog.text, *(it.body.decode() for it in heard)):
            assert claims not in text
            assert len(signature) < 9 or signature not in text


# Genuine tokens of somebody else.

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"repository_id": "1002"}, "repository_id, which is 1002"),
    ({"repository_owner_id": "43"}, "repository_owner_id, which is 43"),
    ({"repository_id": "10010"}, "repository_id, which is 10010"),
    ({"environment": "staging"}, "environment, which is staging"),
    ({"environment": "Production"}, "environment, which is Production"),
    ({"environment": None}, "environment, which is missing"),
    ({"repository_id": None}, "repository_id is missing"),
    ({"repository_id": 1001}, "repository_id is missing from this token, or is no number in text"),
    ({"repository_id": ["1001"]}, "repository_id"),
    ({"repository_id": "\uff11001"}, "repository_id"),
    ({"repository_owner_id": None}, "repository_owner_id"),
    ({"repository": None}, "repository is missing"),
    ({"repository": "a\nb"}, "no plain text"),
    ({"sha": None}, "sha is missing"),
    ({"actor": None}, "actor is missing"),
    ({"actor": ""}, "actor of this token is empty"),
    ({"actor_id": None}, "actor_id"),
    ({"run_id": None}, "run_id"),
    ({"run_attempt": "one"}, "run_attempt"),
    ({"environment": True}, "environment"),
]


@pytest.mark.parametrize(("claims", "words"), WRONG)
async def test_a_genuine_token_of_others_says_which_claim_is_wrong(
    job: Job, claims: dict[str, Any], words: str
):
    token = job.token(**claims)
    job.ci.check_problem(await job.announce(token), 403, words)
    job.ci.check_problem(await job.ask(token, "sgn_x"), 403)
    assert await nothing_open(job)


async def test_a_repository_of_the_same_name_is_another(job: Job):
    """Deleted, and made again by somebody: the name and the subject are ours, the number is not."""
    heard = await job.announce(job.token(repository_id="666"))
    said = job.ci.check_problem(heard, 403, "repository_id, which is 666")
    assert "1001" not in json.dumps(said)


@pytest.mark.trap(14)
async def test_the_subject_opens_nothing(job: Job):
    token = job.token(sub="repo:acme@42/payments-api@1001:environment:production", sha=None)
    job.ci.check_problem(await job.announce(token), 403)
    assert (await job.announce(job.token(sub="anything:else"))).status == 202


async def test_only_the_workflow_that_is_named_may_ask(ci: Ci, scene: Scene, issuer: FakeIssuer):
    oidc = f'platform: github, owner_ids: "42", workflows: ["{DEPLOY}"]'
    await trusting(scene, issuer, oidc)
    job = Job(ci, issuer)
    for other in (DEPLOY.replace("main", "evil"), DEPLOY.upper(), f"{DEPLOY}x", None):
        heard = await job.announce(job.token(job_workflow_ref=other))
        ci.check_problem(heard, 403, "job_workflow_ref, which is")
    assert (await job.announce(job.token())).status == 202


@pytest.mark.parametrize("said", ["false", "False", "", None, 1, "1", "yes", ["true"], False])
@pytest.mark.trap(15)
async def test_what_gitlab_says_is_false_is_not_true(
    ci: Ci, scene: Scene, issuer: FakeIssuer, said: Any
):
    await trusting(scene, issuer, "platform: gitlab, projects: 1001, protected: true")
    job = Job(ci, issuer)
    token = issuer.token(job.gitlab(ref_protected=said))
    ci.check_problem(await job.announce(token), 403, "ref_protected, which is not")
    assert (await job.announce(issuer.token(job.gitlab()))).status == 202


async def test_a_token_of_one_platform_does_not_pass_for_the_others(
    ci: Ci, scene: Scene, issuer: FakeIssuer
):
    await trusting(scene, issuer, "platform: gitlab, projects: 1001")
    job = Job(ci, issuer)
    ci.check_problem(await job.announce(job.token()), 403, "is missing from this token")


async def test_a_token_that_two_connections_would_take_opens_neither(
    ci: Ci, scene: Scene, issuer: FakeIssuer
):
    other = f'{{issuer: "{issuer.url}", platform: github, owner_ids: 42}}'
    scene.environ = {"OTHER_SECRET": OTHER_SECRET}
    more = f"  other-ci: {{kind: webhook, secret_env: OTHER_SECRET, oidc: {other}}}\n"
    await trusting(scene, issuer, more=more)
    job = Job(ci, issuer)
    ci.check_problem(await job.announce(job.token()), 403, "Several connections")
    staging = job.token(environment="staging")  # which payments-ci does not take
    assert (await job.announce(staging, environment="staging", callback_url=None)).status == 202


async def test_an_audience_of_its_own_opens_one_connection(
    ci: Ci, scene: Scene, issuer: FakeIssuer
):
    """Both would take the job; a token for one of them is no token for the other."""
    other = f'{{issuer: "{issuer.url}", platform: github, projects: 1001, audience: other}}'
    scene.environ = {"OTHER_SECRET": OTHER_SECRET}
    more = f"  other-ci: {{kind: webhook, secret_env: OTHER_SECRET, oidc: {other}}}\n"
    await trusting(scene, issuer, more=more)
    job = Job(ci, issuer)
    ours = await job.announce(job.token())
    theirs = await job.announce(job.token(aud="other"), callback_url=None)
    assert (ours.status, theirs.status) == (202, 202)
    ci.check_problem(await job.ask(job.token(), theirs.said["id"]), 404)
    ci.check_problem(await job.ask(job.token(aud=["other", AUDIENCE]), "sgn_x"), 403, "Several")


# Genuine tokens of ours, and bodies that say something else.


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"repository": "acme/payments-ledger"}, "data.repository"),
        ({"repository": "ACME/payments-api"}, "data.repository"),
        ({"revision": "d" * 40}, "data.revision"),
        ({"environment": "staging"}, "data.environment"),
        ({"environment": "PRODUCTION"}, "data.environment"),
    ],
)
async def test_a_body_that_disagrees_with_its_token_is_refused(
    job: Job, facts: dict[str, Any], field: str
):
    said = job.ci.check_problem(await job.announce(job.token(), **facts), 422)
    [error] = said["errors"]
    assert error["field"] == field
    assert "as the token of this job says" in error["detail"]
    assert await nothing_open(job)


@pytest.mark.parametrize(
    "claims",
    [
        {"event_name": "pull_request"},
        {"event_name": "pull_request_review"},
        {"event_name": "push", "ref": "refs/pull/12/merge"},
    ],
)
async def test_a_run_of_a_pull_request_is_told_why_it_proves_nothing(
    job: Job, claims: dict[str, Any]
):
    job.ci.check_problem(await job.announce(job.token(**claims)), 403, "which nobody ships")


# The issuer's keys.


async def test_a_key_is_rotated_while_we_run(job: Job, scene: Scene):
    assert (await job.ask(job.token(), "sgn_x")).status == 404
    scene.clock.advance(minutes=2)  # type: ignore[attr-defined]
    job.issuer.keys = [public_jwk(rsa_key("two"), "two")]
    new = job.issuer.token(job.claims(), key=rsa_key("two"), kid="two")
    assert (await job.announce(new)).status == 202
    job.ci.check_problem(await job.ask(_old(job), "sgn_x"), 401)  # the old one is withdrawn


@pytest.mark.usefixtures("quiet")
async def test_while_keys_cannot_be_had_nobody_is_sent_away_for_good(job: Job, scene: Scene):
    await job.issuer.stop()
    heard = await job.announce(job.token())
    job.ci.check_problem(heard, 503, "cannot be had just now")
    assert int(heard.headers["retry-after"]) > 0
    job.ci.check_problem(await job.ask(job.token(), "sgn_x"), 503)
    assert await nothing_open(job)


async def test_an_issuer_that_is_down_later_does_no_harm_for_a_while(job: Job, scene: Scene):
    assert (await job.ask(job.token(), "sgn_x")).status == 404
    await job.issuer.stop()
    scene.clock.advance(hours=23)  # type: ignore[attr-defined]
    assert (await job.ask(job.token(), "sgn_x")).status == 404
    scene.clock.advance(hours=2)  # type: ignore[attr-defined]
    job.ci.check_problem(await job.ask(job.token(), "sgn_x"), 503)
