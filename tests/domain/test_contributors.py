"""Who had a part in a change? Everybody who did, by whatever name."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config.conventions import standard
from bot.domain.change import AiStatement, Change, Commit, Identity
from bot.domain.contributors import MORE, NOBODY, STRANGERS_AT_MOST
from bot.domain.contributors import contributors as contributors_with
from bot.domain.people import Contributors, Roster
from tests.builders import ROSTER, a_change, a_person, sha, who, with_person


def contributors(change: Change, roster: Roster) -> Contributors:
    return contributors_with(change, roster, standard())


def part_in(change: Change) -> set[str]:
    return set(contributors(change, ROSTER).people)


def committed(message: str = "Retry refunds", **facts: Identity) -> Change:
    return a_change(commits=(Commit(sha=sha("c"), message=message, **facts),))


@pytest.mark.parametrize(
    ("change", "people"),
    [
        (a_change("jun"), {"jun"}),
        (a_change(triggered_by=who("ada")), {"jun", "ada"}),
        (a_change(ai=AiStatement(prompted_by=who("grace"))), {"jun", "grace"}),
        (committed(author=who(email="ada@acme.example")), {"jun", "ada"}),
        (committed(committer=who("grace")), {"jun", "grace"}),
        (committed("x\n\nCo-authored-by: Ada Park <ada@acme.example>"), {"jun", "ada"}),
        (committed("x\n\nco-authored-by:Ada<ADA+ci@acme.example>"), {"jun", "ada"}),
        (committed("x\n\nCoauthored-by: Ada <ada@acme.example>\r\nmore"), {"jun", "ada"}),
        (
            committed("* a squashed commit\n  * Co-authored-by: A <ada@acme.example>"),
            {"jun", "ada"},
        ),
        (
            committed(
                "Co-authored-by: A <ada@acme.example>\nCo-authored-by: G <grace@acme.example>"
            ),
            {"jun", "ada", "grace"},
        ),
    ],
    ids=[
        "author",
        "trigger",
        "prompter",
        "commit author",
        "committer",
        "co-author",
        "co-author, odd case",
        "co-author, other line ends",
        "co-author, squashed",
        "two co-authors",
    ],
)
def test_everybody_with_a_part(change: Change, people: set[str]) -> None:
    assert part_in(change) == people


def test_one_person_by_several_names_is_one() -> None:
    change = a_change(triggered_by=who(email="jun@acme.example"))
    assert contributors(change, ROSTER).people == {"jun"}


def test_github_s_no_reply_address_names_its_login() -> None:
    """The form GitHub itself writes: whoever is co-author under it may not approve."""
    message = "x\n\nCo-authored-by: Ada Park <1234+ada@users.noreply.github.com>"
    assert part_in(committed(message)) == {"jun", "ada"}
    assert part_in(committed(author=who(email="ada@users.noreply.github.com"))) == {"jun", "ada"}


def test_where_login_and_address_disagree_both_had_a_part() -> None:
    """Unknown is not approved: else a false git e-mail takes its author off the list."""
    author = who("ada", email="grace@acme.example")
    assert part_in(a_change(author=author)) >= {"ada", "grace"}
    assert part_in(committed(author=author)) >= {"ada", "grace"}


def test_strangers_are_listed_by_name_once() -> None:
    change = a_change(
        "stranger",
        triggered_by=who("stranger"),
        commits=(Commit(sha=sha("c"), author=who(email="x@y.example"), committer=who("stranger")),),
    )
    found = contributors(change, ROSTER)
    assert (found.people, found.unknown) == (frozenset(), ("stranger", "x@y.example"))


def test_a_commit_that_names_nobody_adds_nobody() -> None:
    assert contributors(committed(), ROSTER).unknown == ()


def test_tools_and_bots_are_no_strangers() -> None:
    message = "x\n\nCo-Authored-By: Claude <noreply@anthropic.com>"
    change = committed(
        message,
        author=who("dependabot[bot]"),
        committer=who(name="GitHub", email="noreply@github.com"),
    )
    assert contributors(change, ROSTER).unknown == ()


def test_a_long_hostile_message_is_read_at_once() -> None:
    began = time.process_time()
    part_in(committed(("> \t*-" * 10_000) + "co-authored-by: " * 20_000 + "<" * 50_000))
    assert time.process_time() - began < 1


ADA = "Ada <ada@acme.example>"


@pytest.mark.parametrize(
    ("line", "twin"),
    [
        (f"Co-developed-by: {ADA}", f"Co-tested-by: {ADA}"),
        (f"Signed-off-by: {ADA}", f"Acked-by: {ADA}"),
        (f"Assisted-by: {ADA}", f"Reviewed-by: {ADA}"),
        (f"Co-author: {ADA}", f"Co-authority: {ADA}"),
        (f"Pair-with: {ADA}", f"Repair-with: {ADA}"),
        (f"Paired-with: {ADA}", f"Compared-with: {ADA}"),
        (f"Pair-programmed-with: {ADA}", f"Programmed-with: {ADA}"),
        (f"Coauthored by: {ADA}", f"Authorized by: {ADA}"),
        (f"Co_authored_by: {ADA}", f"Co.x.authored_by: {ADA}"),
        (f"Co\u2010authored\u2011by: {ADA}", f"Co\u2010authxored\u2011by: {ADA}"),
        (f"Co-auth\u200bored-by: {ADA}", f"Co-authxored-by: {ADA}"),
        (f"\u200bCo-authored-by: {ADA}", f"xCo-authored-by: {ADA}"),
        (f"x\rCo-authored-by: {ADA}", f"xCo-authored-by: {ADA}"),
        (f"x\u2028Co-authored-by: {ADA}", f"xCo-authored-by: {ADA}"),
        (f"x\\nCo-authored-by: {ADA}", f"xCo-authored-by: {ADA}"),
        (f"         > 1. **Co-authored-by:** {ADA}", f"> 1. **Tested-by:** {ADA}"),
        ("Co-authored-by: ada@acme.example", "Co-authored-by: ada@evil.example"),
        ("Co-authored-by: (ada@acme.example)", "Co-authored-by: (ada@evil.example)"),
        (f"Co-authored-by: Jun <jun@acme.example>, {ADA}", "Co-authored-by: Jun <j@acme.example>"),
        (f"Co-authored-by: {'x' * 70_000} <ada@acme.example>", f"Co-authored-by: {'x' * 70_000}"),
        ("Co-authored-by: Ada\n <ada@acme.example>", "Co-authored-by: A\nb <ada@acme.example>"),
        ("Co-authored-by:\n- Ada", "Co-authored-by:\n\n- Ada"),
        ("Co-authored-by: Ada", "Co-authored-by: Adam"),
        ("Co-authored-by: ada and grace-at-home", "Co-authored-by: ada grace-at-home"),
        ("Co-authored-by: @ada", "Co-authored-by: @adam"),
        ("Co-authored-by: https://github.com/ada", "Co-authored-by: https://github.com/x"),
    ],
)
def test_a_trailer_names_a_contributor_and_its_twin_does_not(line: str, twin: str) -> None:
    assert part_in(committed(f"x\n\n{line}")) == {"jun", "ada"}
    assert part_in(committed(f"x\n\n{twin}")) == {"jun"}


def test_both_ways_to_write_an_accent_are_one_name() -> None:
    jose = with_person(ROSTER, a_person("jr", name="Jos\u00e9 Ruiz"))
    for name, part in (("Jose\u0301 Ruiz", {"jun", "jr"}), ("Josa\u0301 Ruiz", {"jun"})):
        assert contributors(committed(f"Co-authored-by: {name}"), jose).people == part


def test_whose_name_fits_had_a_part_and_the_address_we_do_not_know_is_listed_too() -> None:
    found = contributors(committed(author=who(name="Ada", email="x@y.example")), ROSTER)
    assert (set(found.people), found.unknown) == ({"jun", "ada"}, ("x@y.example",))
    twin = contributors(committed(author=who(name="Adam", email="x@y.example")), ROSTER)
    assert (set(twin.people), twin.unknown) == ({"jun"}, ("x@y.example",))


def test_a_tool_of_the_same_name_is_not_the_person() -> None:
    claude = with_person(ROSTER, a_person("claude"))
    tool = committed("Co-authored-by: Claude <noreply@anthropic.com>")
    person = committed("Co-authored-by: Claude <cbrune@home.org>")
    assert contributors(tool, claude).people == {"jun"}
    assert contributors(person, claude).people == {"jun", "claude"}


def test_nobody_hides_behind_the_address_of_a_tool() -> None:
    hidden = committed("Co-authored-by: Ada <noreply@anthropic.com>")
    assert part_in(hidden) == {"jun", "ada"}
    twin = committed("Co-authored-by: Adam <noreply@anthropic.com>")
    assert part_in(twin) == {"jun"}


def test_prose_about_pairs_lists_no_strangers() -> None:
    assert contributors(committed("Paired with the other team."), ROSTER).unknown == ()
    assert contributors(committed("Paired-with: Zed"), ROSTER).unknown == ("Zed",)


def test_where_only_tools_and_bots_had_a_part_the_list_says_so() -> None:
    bot = who("dependabot[bot]", kind="Bot")
    signed = Commit(sha=sha("c"), message="x\n\nSigned-off-by: d <support@github.com>", author=bot)
    assert contributors(a_change(bot, commits=(signed,)), ROSTER).unknown == (NOBODY,)
    assert contributors(a_change("zed", commits=(signed,)), ROSTER).unknown == ("zed",)


@pytest.mark.parametrize(("number", "cut"), [(STRANGERS_AT_MOST, False), (20_000, True)])
def test_a_list_of_strangers_is_cut_and_says_so(number: int, cut: bool) -> None:
    message = "".join(f"Co-authored-by: a{n} <b{n}@c.example>\n" for n in range(number))
    began = time.process_time()
    unknown = contributors(committed(message), ROSTER).unknown
    assert time.process_time() - began < 4
    assert (len(unknown), unknown[-1] == MORE) == (STRANGERS_AT_MOST + cut, cut)


def test_of_950_000_trailers_only_so_many_are_read_and_the_list_says_so() -> None:
    change = committed("".join(f"Co-authored-by: b{n}@c.example\n" for n in range(950_000)))
    began = time.process_time()
    assert contributors(change, ROSTER).unknown[-1] == MORE
    assert time.process_time() - began < 4


def test_whoever_pushed_had_a_part() -> None:
    change = a_change(pushers=(who("ada"), Identity(login="stranger")))
    found = contributors(change, ROSTER)
    assert found.people == {"jun", "ada"}
    assert found.unknown == ("stranger",)


def test_who_had_a_part_in_an_earlier_revision_still_has() -> None:
    before = Contributors(people=frozenset({"grace"}), unknown=("stranger", NOBODY))
    found = contributors_with(a_change("jun"), ROSTER, standard(), before=before)
    assert found.people == {"jun", "grace"}
    assert found.unknown == ("stranger",)


def test_earlier_strangers_are_cut_off_where_the_present_ones_are() -> None:
    many = tuple(f"s{n}" for n in range(STRANGERS_AT_MOST + 1))
    before = Contributors(unknown=many)
    found = contributors_with(a_change("jun"), ROSTER, standard(), before=before)
    assert len(found.unknown) == STRANGERS_AT_MOST + 1
    assert found.unknown[-1] == MORE
    again = contributors_with(a_change("jun"), ROSTER, standard(), before=found)
    assert again == found


PRIVATE = "ada.private@home.io"
PARK = with_person(ROSTER, a_person("ap", name="Ada Park"))


@pytest.mark.parametrize(
    ("name", "people"),
    [
        ("Ada Park (Claude Code)", {"jun", "ap"}),
        ("Ada (aider)", {"jun", "ada"}),
        ("Ada Park + Claude", {"jun", "ap"}),
        ("Ada Park (via Claude Code)", {"jun", "ap"}),
        ("Ada Park via Codex CLI", {"jun", "ap"}),
        ("Claude Code / Ada Park", {"jun", "ap"}),
        ("Ada Claude Park", {"jun", "ap"}),
        ("Adam Park (Claude Code)", {"jun"}),
        ("Support (agent)", {"jun"}),
        ("ChatGPT", {"jun"}),
        ("Claude Opus 4.8", {"jun"}),
    ],
)
def test_no_name_of_a_tool_hides_a_person_with_an_address_of_their_own(
    name: str, people: set[str]
) -> None:
    for change in (
        committed(author=who(name=name, email=PRIVATE)),
        committed(committer=who(name=name, email=PRIVATE)),
    ):
        found = contributors(change, PARK)
        assert (set(found.people), found.unknown) == (people, (PRIVATE,))
    trailer = contributors(committed(f"x\n\nCo-authored-by: {name} <{PRIVATE}>"), PARK)
    assert (set(trailer.people), trailer.unknown) == (people, (PRIVATE,))


@pytest.mark.parametrize(
    ("name", "address", "unknown"),
    [
        ("ChatGPT", "bot@acme.io", ()),
        ("ChatGPT", "zoe@acme.io", ("zoe@acme.io",)),
        ("Claude Opus 4.8", "noreply@anthropic.com", ()),
        ("Claude Opus 4.8", "jane@anthropic.com", ("jane@anthropic.com",)),
        ("Claude", "claude.ai@acme.org", ()),
        ("Claude", "claude.ai@gmail.com", ("claude.ai@gmail.com",)),
        ("Zoe (aider)", "bot@acme.io", ("bot@acme.io",)),
        ("aider", "bot@acme.io", ()),
    ],
)
def test_a_tools_name_is_nobody_where_the_address_cannot_be_a_persons(
    name: str, address: str, unknown: tuple[str, ...]
) -> None:
    assert contributors(committed(author=who(name=name, email=address)), ROSTER).unknown == unknown


def test_a_login_is_somebodys_whatever_the_name_beside_it() -> None:
    for kind, unknown in (("User", ("adaprivate",)), ("", ("adaprivate",)), ("Bot", ())):
        author = Identity(login="adaprivate", name="ChatGPT", kind=kind)
        assert contributors(committed(author=author), ROSTER).unknown == unknown


def test_without_an_address_only_a_tools_name_alone_is_nobody() -> None:
    for name, unknown in (("Zoe + Claude", ("Zoe + Claude",)), ("Claude Code", ())):
        found = contributors(committed(f"x\n\nCo-authored-by: {name}"), ROSTER)
        assert found.unknown == unknown


PUT_IN = st.sampled_from(
    [
        "{} (Claude Code)", "{} (aider)", "{} + Claude", "{} (via Codex)", "{} (agent)", "Claude {}",
        "{} Copilot", "Cursor/{}", "{} via ChatGPT", "{} with Claude Opus 4.8", "{} & Gemini CLI",
        "{} [Devin AI]", "{}, Claude", "GitHub Copilot {}", "{} (AI agent)", "{} (GPT-5)",
    ]
)  # fmt: skip
NAMES = st.sampled_from(["Ada Park", "ada", "Jun", "Grace", "Zoe Zimmer", "Claude Brune", "Max"])
ADDRESSES = st.sampled_from(
    [
        "", PRIVATE, "ada@acme.example", "bot@acme.io", "ai@acme.io", "noreply@anthropic.com",
        "a@gmail.com", "1+zoe@users.noreply.github.com", "noreply@github.com", "x@localhost",
    ]
)  # fmt: skip


@given(NAMES, ADDRESSES, PUT_IN, st.sampled_from(["", "zoe", "ada"]))
@settings(deadline=None)
def test_a_tools_name_in_a_name_never_takes_anybody_away(
    name: str, email: str, put_in: str, login: str
) -> None:
    with_tool = put_in.format(name)
    for before, after in (
        (
            committed(author=Identity(login=login, name=name, email=email)),
            committed(author=Identity(login=login, name=with_tool, email=email)),
        ),
        (
            committed(f"x\n\nCo-authored-by: {name} <{email}>"),
            committed(f"x\n\nCo-authored-by: {with_tool} <{email}>"),
        ),
    ):
        first, second = contributors(before, PARK), contributors(after, PARK)
        assert first.people <= second.people
        assert len(first.unknown) <= len(second.unknown)
