"""`roster`: doubts about the people of a config, and proposals for those who are missing."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot import config
from bot.cli import claims, proposing, roster
from bot.cli.asking import Asking, NotAnswered, secret
from bot.cli.doubts import Severity, doubts
from bot.cli.sources import Account, Source, github_accounts, gitlab_accounts, slack_accounts
from bot.config import Misconfigured
from tests.builders import a_person, a_roster
from tests.cli.directories import TOKEN, Answer, Service, as_json, serving

Captured = pytest.CaptureFixture[str]

SOUND = """\
people:
  ada: {name: Ada Park, level: senior, slack: U0ADA, github: ada, emails: [ada@acme.example]}
  grace: {name: Grace Obi, level: staff, slack: U0GRACE, github: grace}
  jun: {name: Jun Ito, level: mid, slack: U0JUN, github: jun}
groups:
  payments: {members: [ada, grace], owns: [acme/pay-*]}
"""


def changed(old: str, new: str, text: str = SOUND) -> str:
    assert text.count(old) == 1, f"{old} has to stand in the text once"
    return text.replace(old, new)


def said(text: str) -> list[str]:
    return [
        f"{doubt.severity.value} {'+'.join(doubt.who)}: {doubt.sentence}"
        for doubt in doubts(config.load(text))
    ]


# Checking.


def test_about_a_sound_roster_there_is_nothing_to_say() -> None:
    assert said(SOUND) == []


@pytest.mark.parametrize(
    ("old", "new", "doubt"),
    [
        (
            "slack: U0JUN, github: jun",
            "github: jun",
            "warning jun: has no Slack id, so cannot be asked",
        ),
        (
            ", slack: U0JUN, github: jun",
            ", slack: U0JUN",
            "warning jun: has no login and no address, so counts as a stranger",
        ),
        (
            ", slack: U0GRACE, github: grace",
            ", slack: U0GRACE",
            "error grace: has no login and no address, so could sign a change of their own",
        ),
        (
            "level: mid",
            "level: senior",
            "warning jun: is senior and in no group, so is never asked",
        ),
        (
            "members: [ada, grace]",
            "members: [jun]",
            "error payments: is a group in which nobody is senior or above: nobody signs",
        ),
        (
            "members: [ada, grace]",
            "members: [ada, jun]",
            "warning payments: is a group with one signer, ada, whose own changes nobody signs",
        ),
        (
            "name: Jun Ito",
            "name: ada  park",
            "warning ada+jun: have names that are the same name",
        ),
        (
            "name: Jun Ito",
            "name: \u0410da Park",
            "error ada+jun: have names that are the same to the eye, with other letters",
        ),
        (
            "name: Jun Ito",
            "name: Grace Obie",
            "warning grace+jun: have names that are one letter apart",
        ),
        (
            "github: jun",
            "github: 9race",
            "warning grace+jun: have logins that are the same to the eye, with other letters",
        ),
        (
            "github: jun",
            "gitlab: a.d.a",
            "warning ada+jun: have a login or an address that differ in dots or domain alone",
        ),
        (
            "[acme/pay-*]",
            "[acme/pay-*, acme/pay-api]",
            "warning payments: owns acme/pay-api twice: acme/pay-* covers it",
        ),
    ],
)
def test_one_slip_is_one_doubt(old: str, new: str, doubt: str) -> None:
    assert doubt in said(changed(old, new))


def test_a_group_without_anybody_in_slack_cannot_sign() -> None:
    text = changed("slack: U0ADA, ", "", changed("slack: U0GRACE, ", ""))
    assert said(text)[0] == (
        "error payments: is a group in which nobody who may sign has a Slack id"
    )


def test_two_spellings_of_one_mailbox_are_an_error() -> None:
    text = changed("emails: [ada@acme.example]", "emails: [ada.park@gmail.com]")
    twice = changed("github: jun", "emails: [adapark@googlemail.com]", text)
    sentence = "have one mailbox, so seem to be one human who could sign their own work"
    assert said(twice) == [f"error ada+jun: {sentence}"]


SECOND = "  platform: {members: [ada, grace], owns: [GLOB]}\n"


@pytest.mark.parametrize(
    ("glob", "doubt"),
    [
        ("acme/*", "acme/* of platform covers acme/pay-* of payments: either may sign there"),
        ("acme/pay-api", "acme/pay-* of payments covers acme/pay-api of platform: either may sign there"),
        ("*/pay-api", "acme/pay-* of payments and */pay-api of platform overlap: either may sign there"),
        ("acme/web-*", None),
    ],
)  # fmt: skip
def test_two_groups_that_own_the_same_are_told(glob: str, doubt: str | None) -> None:
    found = said(SOUND + SECOND.replace("GLOB", f"'{glob}'"))
    assert found == ([f"warning payments+platform: {doubt}"] if doubt else [])


def test_a_group_that_nothing_leads_to_is_unused() -> None:
    spare = "  spare: {members: [ada, grace]}\n"
    everything = changed("acme/pay-*", "'*'") + spare
    sentence = "warning spare: is a group that owns nothing and that no rule names"
    assert said(SOUND + spare) == []  # it answers for what nobody claims
    assert said(everything) == [sentence]
    rule = "policy: {rules: [{name: All, require: {from: [owners, spare]}}]}\n"
    assert said(everything + rule) == []
    sla = "slas: {slow: {escalate_to: [spare]}}\n"
    assert said(everything + sla) == []


@pytest.mark.parametrize(
    ("wide", "narrow", "covered"),
    [
        ("*", "acme/pay", True),
        ("acme/*", "acme/*", True),
        ("acme/*", "acme/pay-?", True),
        ("acme/pay-?", "acme/pay-*", False),
        ("acme/??", "acme/a?", True),
        ("ACME/*", "acme/pay", True),
        ("acme/[ab]", "acme/a", False),  # not surely, as far as it is looked into
        ("acme/[ab]", "acme/[ab]", True),
        ("", "a", False),
        ("*a", "b*", False),
    ],
)
def test_a_glob_covers_another(wide: str, narrow: str, covered: bool) -> None:
    assert claims.covers(wide, narrow) is covered


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("a*", "*b", True),
        ("a*c", "b*", False),
        ("a?c", "abc", True),
        ("a?c", "abbc", False),
        ("a[xy]", "ax", True),
        ("a[]x]", "a]", True),
        ("a[", "a[", True),
        ("*a*", "*b*", True),
        ("**", "", True),
        ("?", "", False),
    ],
)
def test_two_globs_may_fit_one_name(one: str, other: str, alike: bool) -> None:
    assert claims.overlap(one, other) is alike
    assert claims.overlap(other, one) is alike


GLOBS = st.text(alphabet="ab*?/", max_size=6)
NAMES = st.text(alphabet="ab/", max_size=6)


@given(GLOBS, GLOBS, NAMES)
def test_a_name_that_fits_both_globs_proves_that_they_overlap(
    one: str, other: str, name: str
) -> None:
    if fnmatchcase(name, one) and fnmatchcase(name, other):
        assert claims.overlap(one, other)
    if claims.covers(one, other):
        assert fnmatchcase(name, one) or not fnmatchcase(name, other)


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_glob_is_too_odd(one: str, other: str) -> None:
    assert claims.overlap(one, other) is claims.overlap(other, one)
    claims.covers(one, other)


def test_the_longest_globs_take_no_time() -> None:
    begun = time.process_time()
    assert claims.overlap("*a" * 100, "a*" * 100)
    assert not claims.covers("*a" * 100, "*b" * 100)
    assert time.process_time() - begun < 2


def checked(path: Path, text: str, *, as_json: bool = False) -> int:
    path.write_text(text, encoding="utf-8")
    return roster.check(argparse.Namespace(config=str(path), json=as_json))


def test_errors_exit_1_and_warnings_do_not(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "countersign.yaml"
    assert checked(path, SOUND) == 0
    assert capsys.readouterr().out == "0 errors, 0 warnings\n"
    assert checked(path, changed("slack: U0JUN, ", "")) == 0
    assert capsys.readouterr().out.splitlines() == [
        "warning  jun: has no Slack id, so cannot be asked",
        "0 errors, 1 warnings",
    ]
    assert checked(path, changed("[ada, grace]", "[jun]")) == 1
    assert capsys.readouterr().out.startswith("error    payments: ")


def test_programs_get_json(tmp_path: Path, capsys: Captured) -> None:
    text = changed("slack: U0JUN, ", "")
    assert checked(tmp_path / "countersign.yaml", text, as_json=True) == 0
    assert json.loads(capsys.readouterr().out) == {
        "ok": True,
        "findings": [
            {
                "severity": "warning",
                "sentence": "has no Slack id, so cannot be asked",
                "who": ["jun"],
            }
        ],
    }


def test_errors_come_first() -> None:
    text = changed("slack: U0JUN, ", "", changed("[ada, grace]", "[jun]"))
    kinds = [doubt.severity for doubt in doubts(config.load(text))]
    assert kinds == sorted(kinds, key=list(Severity).index)
    assert kinds[0] is Severity.ERROR


def test_a_config_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="No such file"):
        roster.check(argparse.Namespace(config=str(tmp_path / "none.yaml"), json=False))


# Asking.


@pytest.mark.parametrize(
    ("address", "fine"),
    [
        ("https://gitlab.acme.example", True),
        ("http://127.0.0.1:8080", True),
        ("http://[::1]/api", True),
        ("http://localhost", True),
        ("http://gitlab.acme.example", False),
        ("http://127.0.0.1.acme.example", False),
        ("ftp://127.0.0.1", False),
        ("file:///etc/passwd", False),
        ("https://", False),
        ("https://user@acme.example", False),
        ("https://acme.example/?x", False),
        ("https://acme.example/ x", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_only_https_or_this_machine_is_asked(address: str, fine: bool) -> None:
    if fine:
        assert Asking(address, TOKEN).base == address
    else:
        with pytest.raises(NotAnswered):
            Asking(address, TOKEN)


ENVIRON = {"ACME_TOKEN": TOKEN}


@pytest.mark.parametrize("value", ["", "two words", "line\nbreak", "gr\u00fcn"])
def test_a_variable_without_a_token_is_refused_without_showing_it(value: str) -> None:
    assert secret("ACME_TOKEN", ENVIRON) == TOKEN
    with pytest.raises(NotAnswered) as told:
        secret("ACME_TOKEN", {"ACME_TOKEN": value})
    assert "ACME_TOKEN" in str(told.value)
    assert not value or value not in str(told.value)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((302, {"Location": "/elsewhere"}, b""), "leads elsewhere"),
        (as_json({}, 401), "token is not valid"),
        ((429, {"Retry-After": "30"}, b""), "try again in 30 seconds"),
        (as_json({}, 500), "answers 500"),
        ((200, {}, b"<html>"), "not JSON"),
        ((200, {}, b"[" * 100_000), "nested"),
        ((200, {}, b" " * (9 << 20)), "too large"),
        ((200, {"Content-Length": "99"}, b"{}"), "cannot be asked"),
    ],
)
def test_a_bad_answer_is_one_sentence_without_the_token(answer: Answer, sentence: str) -> None:
    with serving(lambda path, query, body: answer) as service:
        with pytest.raises(NotAnswered, match=sentence) as told:
            Asking(service.url, TOKEN, timeout=1).get("/here")
        assert TOKEN not in f"{told.value}{Asking(service.url, TOKEN)!r}"
        assert service.seen == ["/here"]


def test_an_answer_that_drips_is_given_up() -> None:
    with serving(lambda path, query, body: as_json([" " * 100] * 5_000)) as service:
        assert Asking(service.url, TOKEN, timeout=5).get("/here")
        with pytest.raises(NotAnswered, match="cannot be asked"):
            Asking(service.url, TOKEN, timeout=1e-6).get("/here")


def test_a_service_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(NotAnswered, match="cannot be asked"):
        Asking("http://127.0.0.1:9", TOKEN).get("/here")


def test_the_token_goes_to_no_other_host() -> None:
    with serving(lambda path, query, body: as_json({})) as service:
        asking = Asking(service.url, TOKEN)
        assert asking.post(f"{service.url}/graphql", {}) == {}
        with pytest.raises(NotAnswered):
            asking.post("http://127.0.0.1:9/graphql", {})


# The services.


def a_member(id: str, name: str, email: str = "", **more: Any) -> dict[str, Any]:
    profile = {"real_name": name, "email": email}
    return {"id": id, "name": name.lower(), "tz": "Europe/London", "profile": profile, **more}


MEMBERS = [
    a_member("U0ADA", "Ada Park", "ada@acme.example"),
    a_member("U0NEW", "Nia Okoro", "nia@acme.example"),
    a_member("U0GONE", "Gone", deleted=True),
    a_member("U0BOT", "Robot", is_bot=True),
    a_member("U0GUEST", "Guest", is_ultra_restricted=True),
    a_member("USLACKBOT", "Slackbot"),
]
GITHUB = [
    {"login": "ada", "id": 11, "type": "User"},
    {"login": "nia-o", "id": 12, "type": "User"},
    {"login": "robot", "id": 13, "type": "Bot"},
]
PROFILES = [
    {"databaseId": 12, "name": "Nia", "email": "", "organizationVerifiedDomainEmails": ["Nia@Acme.example"]},
    {"databaseId": 11, "name": "Ada", "email": "11+ada@users.noreply.github.com"},
]  # fmt: skip
GITLAB = [
    {"id": 21, "username": "nia.okoro", "name": "Nia Okoro", "state": "active"},
    {"id": 22, "username": "left", "name": "Left", "state": "blocked"},
]


def acme(path: str, query: dict[str, str], body: bytes) -> Answer:
    """All three services of one company, behind one address."""
    match path:
        case "/slack/users.list":
            assert query["limit"] == "200"
            at = int(query.get("cursor", "0"))
            more = str(at + 2) if at + 2 < len(MEMBERS) else ""
            page = {"members": MEMBERS[at : at + 2], "response_metadata": {"next_cursor": more}}
            return as_json({"ok": True, **page})
        case "/github/orgs/acme/members":
            assert query["per_page"] == "100"
            return as_json(GITHUB if query["page"] == "1" else [])
        case "/github/graphql":
            variables = json.loads(body)["variables"]
            assert variables["org"] == "acme"
            at = int(variables["after"] or 0)
            info = {"hasNextPage": at == 0, "endCursor": "1"}
            page = {"pageInfo": info, "nodes": PROFILES[at : at + 1]}
            return as_json({"data": {"organization": {"membersWithRole": page}}})
        case "/gitlab/api/v4/groups/acme%2Fpay/members/all":
            return as_json(GITLAB)
        case _:
            return as_json({}, 404)


@pytest.fixture
def company() -> Iterator[Service]:
    with serving(acme) as service:
        yield service


def test_slack_gives_its_humans_page_by_page(company: Service) -> None:
    found = list(slack_accounts(Asking(f"{company.url}/slack", TOKEN)))
    assert [account.id for account in found] == ["U0ADA", "U0NEW"]
    assert found[0] == Account(
        source=Source.SLACK,
        id="U0ADA",
        login="ada park",
        name="Ada Park",
        emails=("ada@acme.example",),
        timezone="Europe/London",
    )
    assert len(company.seen) == 3


def test_github_gives_numbers_names_and_verified_addresses(company: Service) -> None:
    found = list(github_accounts(Asking(f"{company.url}/github", TOKEN), "acme"))
    assert [(account.login, account.id, account.emails) for account in found] == [
        ("ada", "11", ()),
        ("nia-o", "12", ("nia@acme.example",)),
    ]


def test_gitlab_gives_the_active_members_of_a_group(company: Service) -> None:
    found = list(gitlab_accounts(Asking(f"{company.url}/gitlab", TOKEN), "acme/pay"))
    assert [(account.login, account.id) for account in found] == [("nia.okoro", "21")]


def test_github_enterprise_has_its_profiles_beside_its_api() -> None:
    def enterprise(path: str, query: dict[str, str], body: bytes) -> Answer:
        known = {"/api/v3/orgs/acme/members": GITHUB, "/api/graphql": {"data": None}}
        return as_json(known[path]) if path in known else as_json({}, 404)

    with serving(enterprise) as service:
        found = list(github_accounts(Asking(f"{service.url}/api/v3", TOKEN), "acme"))
    assert [(account.login, account.name) for account in found] == [("ada", ""), ("nia-o", "")]


def test_the_name_of_a_group_cannot_lead_elsewhere() -> None:
    with serving(lambda path, query, body: as_json({}, 404)) as service:
        with pytest.raises(NotAnswered, match="404"):
            list(gitlab_accounts(Asking(service.url, TOKEN), "../../user?admin=1#"))
        (asked,) = service.seen
    assert asked.startswith("/api/v4/groups/..%2F..%2Fuser%3Fadmin%3D1%23/members/all?")


def test_a_service_without_an_end_of_pages_is_given_up() -> None:
    page = {"ok": True, "members": [], "response_metadata": {"next_cursor": "again"}}
    with (
        serving(lambda path, query, body: as_json(page)) as service,
        pytest.raises(NotAnswered, match="no end of pages"),
    ):
        list(slack_accounts(Asking(service.url, TOKEN)))


def test_a_hundred_members_are_followed_by_a_second_page() -> None:
    many = [{"id": n, "username": f"u{n}", "name": f"N{n}"} for n in range(130)]

    def pages(path: str, query: dict[str, str], body: bytes) -> Answer:
        start = (int(query["page"]) - 1) * 100
        return as_json(many[start : start + 100])

    with serving(pages) as service:
        assert len(list(gitlab_accounts(Asking(service.url, TOKEN), "acme"))) == 130
        assert len(service.seen) == 2


@pytest.mark.parametrize(
    "answer",
    [{"ok": False, "error": "missing_scope"}, [], {"ok": "true"}, {"members": []}],
)
def test_what_slack_refuses_is_told(answer: Any) -> None:
    with (
        serving(lambda path, query, body: as_json(answer)) as service,
        pytest.raises(NotAnswered, match="Slack refuses"),
    ):
        list(slack_accounts(Asking(service.url, TOKEN)))


@pytest.mark.parametrize("member", [1, None, {}, {"id": 5}, {"id": "U1", "profile": []}])
def test_odd_members_break_nothing(member: Any) -> None:
    answer = as_json({"ok": True, "members": [member]})
    with serving(lambda path, query, body: answer) as service:
        found = list(slack_accounts(Asking(service.url, TOKEN)))
        assert len(found) == (member == {"id": "U1", "profile": []})


# Proposing.


ROSTER = a_roster(people=(a_person("ada"), a_person("jun", "mid", slack="")), groups=())


def slack(id: str, name: str, *emails: str) -> Account:
    return Account(source=Source.SLACK, id=id, name=name, emails=emails)


def github(id: str, login: str, name: str = "", *emails: str) -> Account:
    return Account(source=Source.GITHUB, id=id, login=login, name=name, emails=emails)


def test_who_is_known_and_complete_is_left_out() -> None:
    assert proposing.propose(ROSTER, [slack("U0ADA", "Ada", "ada@acme.example")]) == ()


def test_who_is_known_gets_only_what_is_missing() -> None:
    (found,) = proposing.propose(ROSTER, [github("11", "ada")])
    assert (found.id, found.is_new, found.entry) == ("ada", False, {"github_id": 11})


def test_an_address_joins_accounts_and_says_that_it_is_sure() -> None:
    accounts = [
        slack("U0JUN", "Somebody", "Jun+work@acme.example"),
        github("12", "nia-o", "", "nia@acme.example"),
        slack("U0NIA", "Nia", "nia@acme.example"),
    ]
    jun, nia = proposing.propose(ROSTER, accounts)
    assert (jun.id, jun.entry, jun.notes) == (
        "jun",
        {"slack": "U0JUN"},
        ("slack: sure, by e-mail",),
    )
    assert nia.entry == {
        "name": "Nia",
        "level": "junior",
        "slack": "U0NIA",
        "github": "nia-o",
        "github_id": 12,
        "emails": ["nia@acme.example"],
    }
    assert "github: sure, by e-mail" in nia.notes


def test_a_name_joins_only_where_it_is_unique_and_asks_to_be_checked() -> None:
    (one,) = proposing.propose(None, [slack("U1", "Nia Okoro"), github("12", "n", "nia okoro")])
    assert (one.entry["slack"], one.entry["github"]) == ("U1", "n")
    assert "github: by name alone, please check" in one.notes
    twice = [slack("U1", "Nia Okoro"), slack("U2", "Nia Okoro"), github("12", "n", "Nia Okoro")]
    assert len(proposing.propose(None, twice)) == 3


def test_a_known_number_outweighs_a_new_login() -> None:
    known = a_roster(people=(a_person("ada", accounts=frozenset({"github:11"})),), groups=())
    (found,) = proposing.propose(known, [github("11", "ada-renamed")])
    assert (found.id, found.entry) == ("ada", {"github": "ada-renamed"})


def test_ids_are_made_once_each_and_fit_the_config() -> None:
    accounts = [
        slack("U1", "A", "ada@acme.example"),
        slack("U2", "B", "jun.x@acme.example"),
        slack("U3", "\u4e2d\u6587"),
        slack("U4", "\u6587\u4e2d"),
    ]
    found = proposing.propose(
        a_roster(people=(a_person("ada", emails=frozenset()),), groups=()), accounts
    )
    assert [one.id for one in found] == ["ada-2", "jun.x", "person", "person-2"]


def test_the_level_is_the_lowest_there_is() -> None:
    low = a_roster(people=(), groups=(), levels=("intern", "senior"))
    (found,) = proposing.propose(low, [slack("U1", "Nia")])
    assert found.entry["level"] == "intern"
    assert "level: intern is a guess" in found.notes


@pytest.mark.parametrize(
    "name",
    [
        "x\n  evil: {level: principal}",
        'a"}, evil: {b',
        "\u202eadA",
        "# no",
        "a: b",
        "\\",
        "\U0001f600",
    ],
)
def test_no_name_gets_out_of_its_quotes(name: str) -> None:
    text = "\n".join(
        proposing.as_yaml(proposing.propose(None, [slack("U1", name), github("1", name)]))
    )
    people = yaml.safe_load(text)["people"]
    assert all(
        set(entry) <= {"name", "level", "slack", "github", "github_id"} for entry in people.values()
    )
    assert "\u202e" not in text
    assert len(people) in (1, 2)


@pytest.mark.parametrize("login", ["no", "null", "1234", "0x1f", "1e5", "2026-11-23", "y"])
def test_an_id_is_text_to_every_reader(login: str) -> None:
    found = proposing.propose(None, [github("1", login)])
    assert list(yaml.safe_load("\n".join(proposing.as_yaml(found)))["people"]) == [login]


ACCOUNTS = st.builds(
    Account,
    source=st.sampled_from(Source),
    id=st.sampled_from(["", "1", "2", "U1", "U2"]),
    login=st.sampled_from(["", "ada", "nia", "\u202e", "a b"]) | st.text(max_size=5),
    name=st.sampled_from(["", "Ada", "ADA", "Nia Okoro"]) | st.text(max_size=5),
    emails=st.lists(st.sampled_from(["ada@acme.example", "nia+x@acme.example"]), max_size=2).map(
        tuple
    ),
    timezone=st.sampled_from(["", "UTC", "Asia/Tokyo", "Mars/Base"]),
).filter(lambda account: account.source is Source.SLACK or account.id in ("", "1", "2"))


@given(st.lists(ACCOUNTS, max_size=8))
def test_whatever_the_services_say_the_proposal_is_plain_yaml(accounts: list[Account]) -> None:
    found = proposing.propose(ROSTER, accounts)
    people = yaml.safe_load("\n".join(proposing.as_yaml(found)))["people"] or {}
    assert list(people) == [proposal.id for proposal in found]
    assert len(set(people)) == len(found)
    for proposal in found:
        assert people[proposal.id] == proposal.entry
        assert proposal.is_new is (proposal.id not in ROSTER.people)
        assert not proposal.is_new or proposal.entry["level"] == "junior"


def test_what_is_proposed_is_understood_by_the_config() -> None:
    accounts = [slack("U0ADA", "Ada \U0001f600 Park", "ada+x@acme.example"), slack("U0B", "B: {c}")]
    lines = proposing.as_yaml(proposing.propose(None, accounts))
    loaded = config.load("\n".join([*lines, "groups: {all: {members: ada}}"]))
    ada = loaded.roster.people["ada"]
    assert (ada.name, ada.slack) == ("Ada \U0001f600 Park", "U0ADA")
    assert ada.emails == {"ada@acme.example"}
    assert loaded.roster.people["b-c"].name == "B: {c}"


def imported(company: Service, config_file: Path, **more: Any) -> int:
    chosen = {
        "config": str(config_file),
        "json": False,
        "slack_url": f"{company.url}/slack",
        "slack_token_env": "ACME_TOKEN",
        "github_url": f"{company.url}/github",
        "github_org": "acme",
        "github_token_env": "ACME_TOKEN",
        "gitlab_url": f"{company.url}/gitlab",
        "gitlab_group": "acme/pay",
        "gitlab_token_env": "ACME_TOKEN",
    }
    return roster.propose(argparse.Namespace(**{**chosen, **more}), ENVIRON)


def test_import_prints_yaml_and_writes_nothing(
    company: Service, tmp_path: Path, capsys: Captured
) -> None:
    path = tmp_path / "countersign.yaml"
    path.write_text(SOUND, encoding="utf-8")
    assert imported(company, path) == 0
    told = capsys.readouterr()
    assert yaml.safe_load(told.out) == {
        "people": {
            "ada": {"timezone": "Europe/London", "github_id": 11},
            "nia": {
                "name": "Nia Okoro",
                "level": "junior",
                "slack": "U0NEW",
                "timezone": "Europe/London",
                "github": "nia-o",
                "github_id": 12,
                "gitlab": "nia.okoro",
                "gitlab_id": 21,
                "emails": ["nia@acme.example"],
            },
        }
    }
    assert "# new; " in told.out
    assert "gitlab: by name alone, please check" in told.out
    assert path.read_text(encoding="utf-8") == SOUND
    assert [file.name for file in tmp_path.iterdir()] == ["countersign.yaml"]
    assert TOKEN not in told.out + told.err


def test_without_a_config_everybody_is_new(
    company: Service, tmp_path: Path, capsys: Captured
) -> None:
    assert imported(company, tmp_path / "none.yaml", github_org="", gitlab_group="") == 0
    told = capsys.readouterr().out
    assert "everybody is new" in told
    assert set(yaml.safe_load(told)["people"]) == {"ada", "nia"}


def test_import_speaks_json_to_programs(company: Service, tmp_path: Path, capsys: Captured) -> None:
    assert imported(company, tmp_path / "none.yaml", json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is True
    assert [person["id"] for person in told["people"]] == ["ada", "nia", "ada-2"]
    assert told["people"][2]["entry"]["github"] == "ada"  # Slack and GitHub name nothing in common


@pytest.mark.parametrize(
    "wrong",
    [
        {"slack_token_env": "NOT_SET"},
        {"github_token_env": ""},
        {"gitlab_url": "http://acme.example"},
    ],
)
def test_what_import_lacks_is_one_sentence_and_exit_1(
    company: Service, tmp_path: Path, capsys: Captured, wrong: dict[str, str]
) -> None:
    assert imported(company, tmp_path / "none.yaml", **wrong) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    assert imported(company, tmp_path / "none.yaml", **wrong, json=True) == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False
