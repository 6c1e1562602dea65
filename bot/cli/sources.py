"""Whom do Slack, GitHub and GitLab know? Every page of their lists, made the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from bot.cli.asking import Asking, NotAnswered
from bot.domain.spans import harmless

PAGES_AT_MOST = 500
_PER_PAGE = 100
_PROFILES = """query($org: String!, $after: String) { organization(login: $org) {
  membersWithRole(first: 100, after: $after) { pageInfo { hasNextPage endCursor }
    nodes { databaseId name email organizationVerifiedDomainEmails(login: $org) } } } }"""


class Source(StrEnum):
    SLACK = "slack"
    GITHUB = "github"
    GITLAB = "gitlab"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One human as a service knows them. `id` is the member id of Slack, a number elsewhere."""

    source: Source
    id: str
    login: str = ""
    name: str = ""
    emails: tuple[str, ...] = ()
    timezone: str = ""


def slack_accounts(slack: Asking) -> Iterator[Account]:
    """Members of the workspace: no bots, no guests, nobody who left."""
    cursor = ""
    for _ in range(PAGES_AT_MOST):
        answer = _fields(slack.get("/users.list", limit=200, cursor=cursor))
        if answer.get("ok") is not True:
            raise NotAnswered(f"Slack refuses: {harmless(_text(answer, 'error'), 60)}")
        for member in _list(answer.get("members")):
            if _is_human(member):
                yield _slack_account(member)
        cursor = _text(_fields(answer.get("response_metadata")), "next_cursor")
        if not cursor:
            return
    raise NotAnswered("Slack has no end of pages")


def _is_human(member: dict[str, Any]) -> bool:
    left_out = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger",
                "is_app_user", "is_workflow_bot")  # fmt: skip
    return _text(member, "id") not in ("", "USLACKBOT") and not any(map(member.get, left_out))


def _slack_account(member: dict[str, Any]) -> Account:
    profile = _fields(member.get("profile"))
    name = _text(profile, "real_name") or _text(member, "real_name") or _text(member, "name")
    return Account(
        source=Source.SLACK,
        id=_text(member, "id"),
        login=_text(member, "name"),
        name=name,
        emails=_emails(profile.get("email")),
        timezone=_text(member, "tz"),
    )


def github_accounts(github: Asking, org: str) -> Iterator[Account]:
    """Members of an organisation, with the names and addresses they show to this token."""
    profiles = _github_profiles(github, org)
    for member in _pages(github, f"/orgs/{quote(org, safe='')}/members"):
        if _text(member, "type") in ("User", ""):
            id = _number(member.get("id"))
            name, emails = profiles.get(id, ("", ()))
            login = _text(member, "login")
            yield Account(source=Source.GITHUB, id=id, login=login, name=name, emails=emails)


def _github_profiles(github: Asking, org: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Names and addresses by the number of the account; what the token may not see is not there."""
    address = f"{github.base.removesuffix('/v3')}/graphql"
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    after: str | None = None
    for _ in range(PAGES_AT_MOST):
        asked = {"query": _PROFILES, "variables": {"org": org, "after": after}}
        data = _fields(_fields(github.post(address, asked)).get("data"))
        page = _fields(_fields(data.get("organization")).get("membersWithRole"))
        for node in _list(page.get("nodes")):
            verified = _listed(node.get("organizationVerifiedDomainEmails"))
            emails = _emails(*verified, node.get("email"))
            found[_number(node.get("databaseId"))] = (_text(node, "name"), emails)
        info = _fields(page.get("pageInfo"))
        after = _text(info, "endCursor")
        if info.get("hasNextPage") is not True or not after:
            return found
    raise NotAnswered("GitHub has no end of pages")


def gitlab_accounts(gitlab: Asking, group: str) -> Iterator[Account]:
    """Active members of a group and of those above it."""
    for member in _pages(gitlab, f"/api/v4/groups/{quote(group, safe='')}/members/all"):
        if _text(member, "state") in ("active", ""):
            yield Account(
                source=Source.GITLAB,
                id=_number(member.get("id")),
                login=_text(member, "username"),
                name=_text(member, "name"),
                emails=_emails(member.get("email"), member.get("public_email")),
            )


def _pages(service: Asking, path: str) -> Iterator[dict[str, Any]]:
    """By number: an address in the answer is never followed."""
    for page in range(1, PAGES_AT_MOST + 1):
        members = service.get(path, per_page=_PER_PAGE, page=page)
        if not isinstance(members, list):
            raise NotAnswered(f"{service.base} sends no list of members")
        yield from _list(members)
        if len(members) < _PER_PAGE:
            return
    raise NotAnswered(f"{service.base} has no end of pages")


def _fields(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _list(value: object) -> list[dict[str, Any]]:
    return [item for item in _listed(value) if isinstance(item, dict)]


def _text(fields: dict[str, Any], key: str) -> str:
    value = fields.get(key)
    return value if isinstance(value, str) else ""


def _number(value: object) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _emails(*values: object) -> tuple[str, ...]:
    """Those that somebody receives mail at and may commit with."""
    found = [value.strip().casefold() for value in values if isinstance(value, str)]
    return tuple(dict.fromkeys(email for email in found if _is_address(email)))


def _is_address(email: str) -> bool:
    local, at, host = email.rpartition("@")
    plain = email.isprintable() and " " not in email and "noreply" not in host
    return bool(local and at and host) and plain
