"""The action and the component as a gate: with a key they verify what they are told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests import attested
from tests.cli.ci_files import ACTION, DOCS, act, component
from tests.cli.fake_countersign import ID, Fake, Said, serving, signoff
from tests.cli.test_requesting import SIGNOFFS, opened, sent
from tests.repositories import Repository, a_repository


@pytest.fixture
def fake() -> Iterator[Fake]:
    with serving() as found:
        found.answer(SIGNOFFS, opened())
        yield found


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = a_repository(tmp_path)
    made.commit("Begin", a_py="one\n")
    made.commit("Change", a_py="two\n", bot_py="raise SystemExit('not this one')")
    return made


# With a key the action verifies what it was told.


def approved(fake: Fake, repository: Repository, **bent: str) -> dict[str, str]:
    """The inputs of a job that is told yes; what is attested is `bent`."""
    head = repository.git("rev-parse", "HEAD")
    fake.answer(f"{SIGNOFFS}/{ID}", signoff("approved", revision=head))
    it = attested.deploy().told(lambda told: told.update({"revision": head} | bent))
    digest = {"gitCommit": bent.get("revision", head)}
    it = it.stated(lambda said: said["subject"][0].update(digest=digest))
    fake.answer(f"{SIGNOFFS}/{ID}/attestation", Said(body=it.file()))
    return {"public-key": attested.pem(attested.KEY)}


def test_the_action_verifies_the_answer(fake: Fake, repository: Repository) -> None:
    inputs = approved(fake, repository)
    done = act(fake, repository, **inputs)
    assert done.returncode == 0, done.stderr
    assert "verified: acme/payments-api at" in done.stdout


@pytest.mark.parametrize(
    ("bent", "inputs", "code"),
    [
        ({"revision": "0" * 40}, {}, 1),
        ({"environment": "staging"}, {}, 1),
        ({}, {"public-key": attested.pem(attested.OTHER)}, 1),
        ({}, {"artifact-digest": "sha256:" + "c" * 64}, 1),
        ({}, {"wait": "false"}, 2),
        ({}, {"connection": "ledger-ci,docs-ci"}, 1),
        ({"status": "overridden"}, {"no-override": "true"}, 1),
        ({}, {"no-override": "maybe"}, 2),
    ],
)
def test_the_action_believes_no_answer_that_is_not_attested_so(
    fake: Fake, repository: Repository, bent: dict[str, str], inputs: dict[str, str], code: int
) -> None:
    done = act(fake, repository, **{**approved(fake, repository, **bent), **inputs})
    assert done.returncode == code
    assert "verified: acme" not in done.stdout


@pytest.mark.parametrize(
    "inputs", [{"connection": "ledger-ci, payments-ci", "no-override": "true"}, {"connection": ""}]
)
def test_the_connection_that_is_named_may_have_asked(
    fake: Fake, repository: Repository, inputs: dict[str, str]
) -> None:
    done = act(fake, repository, **approved(fake, repository), **inputs)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("inputs", [{"connection": "payments-ci"}, {"no-override": "true"}])
def test_what_only_a_key_can_tell_is_not_asked_for_in_vain(
    fake: Fake, repository: Repository, inputs: dict[str, str]
) -> None:
    key = approved(fake, repository)
    assert act(fake, repository, **inputs).returncode == 2
    assert not fake.asked
    assert act(fake, repository, **inputs, **key).returncode == 0


def test_a_no_stays_a_no(fake: Fake, repository: Repository) -> None:
    inputs = approved(fake, repository)
    head = repository.git("rev-parse", "HEAD")
    fake.answer(f"{SIGNOFFS}/{ID}", signoff("rejected", revision=head))
    assert act(fake, repository, **inputs).returncode == 10


def test_no_key_is_taken_from_what_it_is_to_verify(
    fake: Fake, repository: Repository, tmp_path: Path
) -> None:
    """Its twin is the same file, where the change cannot write."""
    approved(fake, repository)
    elsewhere = tmp_path / "elsewhere.pub"
    elsewhere.write_text(attested.pem(attested.KEY))
    assert act(fake, repository, **{"public-key": str(elsewhere)}).returncode == 0
    repository.commit("Exchange the key", key_pub=attested.pem(attested.KEY))
    inside = next(it for it in repository.path.iterdir() if it.name.startswith("key"))
    approved(fake, repository)
    done = act(fake, repository, **{"public-key": inside.name})
    assert (done.returncode, "which whoever wrote that can exchange" in done.stdout) == (2, True)


# The component of GitLab.


def test_the_component_of_gitlab_is_one(fake: Fake, repository: Repository) -> None:
    right = {"revision": repository.git("rev-parse", "HEAD")}
    fake.answer(f"{SIGNOFFS}/{ID}", signoff("approved", **right))
    job, done = component(fake, repository, arguments="--base HEAD~1 --title x")
    assert done.returncode == 0, done.stderr
    assert job["id_tokens"]["COUNTERSIGN_ID_TOKEN"]["aud"] == fake.url
    assert (fake.asked[0].token, sent(fake)["title"]) == ("a.b.c", "x")
    fake.answer(f"{SIGNOFFS}/{ID}", signoff("rejected", **right))
    assert component(fake, repository)[1].returncode == 10


@pytest.mark.parametrize(
    ("bent", "inputs", "code"),
    [
        ({}, {}, 0),
        ({}, {"connection": "payments-ci", "no_override": "true"}, 0),
        ({}, {"connection": "ledger-ci"}, 1),
        ({"status": "overridden"}, {"no_override": "true"}, 1),
        ({"revision": "0" * 40}, {}, 1),
        ({"environment": "staging"}, {}, 1),
        ({}, {"public_key": attested.pem(attested.OTHER)}, 1),
        ({}, {"public_key": "a.py"}, 2),
        ({}, {"verify_arguments": "--artifact sha256:" + "c" * 64}, 1),
        ({}, {"public_key": "", "connection": "payments-ci"}, 2),
        ({}, {"public_key": "", "no_override": "true"}, 2),
    ],
)
def test_with_a_key_the_component_verifies_the_answer(
    fake: Fake, repository: Repository, bent: dict[str, str], inputs: dict[str, str], code: int
) -> None:
    key = approved(fake, repository, **bent)["public-key"]
    done = component(fake, repository, **{"public_key": key, **inputs})[1]
    assert done.returncode == code, done.stderr
    assert ("verified: acme/payments-api at" in done.stdout) is (code == 0)


def test_of_a_no_the_component_verifies_nothing(fake: Fake, repository: Repository) -> None:
    key = approved(fake, repository)["public-key"]
    head = repository.git("rev-parse", "HEAD")
    fake.answer(f"{SIGNOFFS}/{ID}", signoff("rejected", revision=head))
    assert component(fake, repository, public_key=key)[1].returncode == 10


def test_the_gate_names_every_input_that_verifies() -> None:
    """And its blocks give none that is not there."""
    page = (DOCS / "gate.md").read_text()
    theirs = yaml.safe_load((DOCS / "gitlab-component.yml").read_text().partition("\n---\n")[0])
    for known in (ACTION["inputs"], theirs["spec"]["inputs"]):
        for name in known:
            if re.match("public.key|connection|no.override", name):
                assert f"`{name}`" in page
    asked, included = (
        yaml.safe_load(re.sub("<[^>]+>", "x", block))
        for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    )
    [given] = [it["with"] for it in asked["jobs"]["deploy"]["steps"] if "acme/" in it["uses"]]
    assert set(given) <= set(ACTION["inputs"])
    assert set(included["include"][0]["inputs"]) <= set(theirs["spec"]["inputs"])
