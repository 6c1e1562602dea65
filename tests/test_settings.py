"""Settings: what the operator set, refused as a whole when any of it is missing or wrong."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot import settings
from bot.settings import Settings, SettingsError

CONFIG = """\
people: {ada: {name: Ada, level: senior, slack: U0ADA}}
groups: {all: {members: ada}}
connections:
  ci: {kind: webhook, secret_env: CI_SECRET, token_env: CI_TOKEN}
  github: {kind: github, app_id: 1234, private_key_env: APP_KEY, webhook_secret_env: HOOK_SECRET}
"""
PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI\n-----END PRIVATE KEY-----"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Everything that has to be there, and right."""
    file = tmp_path / "countersign.yaml"
    file.write_text(CONFIG)
    return {
        "COUNTERSIGN_CONFIG": str(file),
        "SLACK_BOT_TOKEN": "xoxb-canary-bot-token",
        "SLACK_SIGNING_SECRET": "canary-signing-secret",
        "CI_SECRET": f"whsec_{base64.b64encode(b'canary-key-of-32-bytes-precisely').decode()}",
        "CI_TOKEN": "canary-token-of-ci",
        "APP_KEY": PEM,
        "HOOK_SECRET": "canary-hook-secret",
    }


def problems(environ: Mapping[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        settings.read(environ)
    return list(caught.value.problems)


def without(environ: Mapping[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in environ.items() if key != name}


# What it reads.


def test_what_is_not_set_is_as_the_contract_says(environ: dict[str, str]) -> None:
    read = settings.read(environ)
    assert read.database_url == "sqlite:///countersign.db"
    assert (read.host, read.port) == ("0.0.0.0", 3000)  # noqa: S104
    assert read.public_url == "http://localhost:3000"
    assert read.slack_api_url == "https://slack.com/api/"
    assert read.slack_app_token is None
    assert read.signing_key is None


def test_what_is_set_is_read(environ: dict[str, str]) -> None:
    more = {
        "DATABASE_URL": "sqlite:////var/lib/countersign.db",
        "HOST": "127.0.0.1",
        "PORT": "8080",
        "PUBLIC_URL": "https://signoff.acme.example/",
        "SLACK_API_URL": "http://127.0.0.1:9000/api",
        "SLACK_APP_TOKEN": "xapp-canary-app-token",
        "COUNTERSIGN_SIGNING_KEY": PEM,
    }
    read = settings.read({**environ, **more})
    assert read.database_url == "sqlite:////var/lib/countersign.db"
    assert (read.host, read.port) == ("127.0.0.1", 8080)
    assert read.public_url == "https://signoff.acme.example"
    assert read.slack_api_url == "http://127.0.0.1:9000/api/"
    assert read.slack_app_token == "xapp-canary-app-token"
    assert read.signing_key == PEM


def test_the_public_address_follows_the_port(environ: dict[str, str]) -> None:
    assert settings.read({**environ, "PORT": "5000"}).public_url == "http://localhost:5000"


def test_the_config_is_read_and_every_secret_it_names(environ: dict[str, str]) -> None:
    read = settings.read(environ)
    assert set(read.config.connections) == {"ci", "github"}
    names = ("CI_SECRET", "CI_TOKEN", "APP_KEY", "HOOK_SECRET")
    assert read.secrets == {name: environ[name] for name in names}


def test_white_space_around_a_value_does_not_count(environ: dict[str, str]) -> None:
    padded = {**environ, "SLACK_SIGNING_SECRET": f" {environ['SLACK_SIGNING_SECRET']}\n"}
    assert settings.read(padded).slack_signing_secret == environ["SLACK_SIGNING_SECRET"]


def test_a_key_may_have_its_line_breaks_written_out(environ: dict[str, str]) -> None:
    written = {**environ, "APP_KEY": PEM.replace("\n", "\\n")}
    assert settings.read(written).secrets["APP_KEY"] == PEM


@pytest.mark.parametrize("name", ["APP_KEY", "COUNTERSIGN_SIGNING_KEY"])
def test_a_key_may_be_in_a_file(environ: dict[str, str], tmp_path: Path, name: str) -> None:
    file = tmp_path / "key.pem"
    file.write_text(f"{PEM}\n")
    read = settings.read({**environ, name: str(file)})
    assert (read.signing_key or read.secrets["APP_KEY"]) == PEM


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_postgresql_is_accepted_under_both_names(environ: dict[str, str], scheme: str) -> None:
    url = f"{scheme}://bot:pa55word@db.example/countersign"
    read = settings.read({**environ, "DATABASE_URL": url, "COUNTERSIGN_SIGNING_KEY": PEM})
    assert read.database_url == url


# What it refuses: everything else is as above.


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("SLACK_BOT_TOKEN", "SLACK_BOT_TOKEN: is not set"),
        ("SLACK_SIGNING_SECRET", "SLACK_SIGNING_SECRET: is not set"),
        ("CI_SECRET", "CI_SECRET: is not set (asked for by connection ci)"),
        ("CI_TOKEN", "CI_TOKEN: is not set (asked for by connection ci)"),
        ("APP_KEY", "APP_KEY: is not set (asked for by connection github)"),
        ("HOOK_SECRET", "HOOK_SECRET: is not set (asked for by connection github)"),
    ],
)
def test_a_secret_that_is_missing_or_empty_stops_the_start(
    environ: dict[str, str], name: str, told: str
) -> None:
    settings.read(environ)
    assert problems(without(environ, name)) == [told]
    assert problems({**environ, name: " "}) == [told.replace("is not set", "is set but empty")]


@pytest.mark.parametrize("name", ["SLACK_APP_TOKEN", "COUNTERSIGN_SIGNING_KEY"])
def test_a_secret_one_may_leave_out_must_not_be_empty(environ: dict[str, str], name: str) -> None:
    settings.read(environ)
    assert problems({**environ, name: ""}) == [f"{name}: is set but empty"]


@pytest.mark.parametrize(
    ("name", "fine", "wrong", "told"),
    [
        (
            "SLACK_SIGNING_SECRET",
            "canary-8",
            "canary7",
            "SLACK_SIGNING_SECRET: is too short to be a Slack signing secret",
        ),
        (
            "SLACK_SIGNING_SECRET",
            "canary-of-many-letters",
            "canary of many letters",
            "SLACK_SIGNING_SECRET: is not a Slack signing secret: it holds a space",
        ),
        (
            "SLACK_BOT_TOKEN",
            "xoxb-ca8",
            "xoxb-c7",
            "SLACK_BOT_TOKEN: is too short to be a Slack bot token",
        ),
        (
            "SLACK_BOT_TOKEN",
            "xoxb-canary-token-x",
            "xapp-canary-token-x",
            "SLACK_BOT_TOKEN: is not a Slack bot token; it must begin with xoxb- or xoxe.",
        ),
        (
            "SLACK_APP_TOKEN",
            "xapp-canary-token-x",
            "xoxb-canary-token-x",
            "SLACK_APP_TOKEN: is not a Slack app token; it must begin with xapp-",
        ),
        (
            "CI_TOKEN",
            "canary-8",
            "canary7",
            "CI_TOKEN: is too short to be a token (asked for by connection ci)",
        ),
        (
            "HOOK_SECRET",
            "canary-8",
            "canary7",
            "HOOK_SECRET: is too short to be a webhook secret (asked for by connection github)",
        ),
        (
            "CI_SECRET",
            f"whsec_{base64.b64encode(b'c' * 24).decode()}",
            f"secret_{base64.b64encode(b'c' * 24).decode()}",
            "CI_SECRET: is not a webhook secret; it must begin with whsec_ "
            "(asked for by connection ci)",
        ),
        (
            "CI_SECRET",
            f"whsec_{base64.b64encode(b'c' * 24).decode()}",
            f"whsec_{base64.b64encode(b'c' * 23).decode()}",
            "CI_SECRET: after whsec_ there must be 24 to 64 bytes in base64, as `openssl rand -base64 "
            "32` makes them (asked for by connection ci)",
        ),
        (
            "CI_SECRET",
            f"whsec_{base64.b64encode(b'c' * 64).decode()}",
            f"whsec_{base64.b64encode(b'c' * 65).decode()}",
            "CI_SECRET: after whsec_ there must be 24 to 64 bytes in base64, as `openssl rand -base64 "
            "32` makes them (asked for by connection ci)",
        ),
        (
            "CI_SECRET",
            f"whsec_{base64.b64encode(b'c' * 24).decode()}",
            f"whsec_!{base64.b64encode(b'c' * 24).decode()}",
            "CI_SECRET: after whsec_ there must be 24 to 64 bytes in base64, as `openssl rand -base64 "
            "32` makes them (asked for by connection ci)",
        ),
        (
            "APP_KEY",
            PEM,
            "canary-of-no-key",
            "APP_KEY: is neither a PEM key nor a file we can read (asked for by connection github)",
        ),
        ("PORT", "65535", "65536", "PORT: must be a number from 1 to 65535"),
        ("PORT", "1", "0", "PORT: must be a number from 1 to 65535"),
        ("PORT", "3000", "$PORT", "PORT: must be a number from 1 to 65535"),
        (
            "DATABASE_URL",
            "sqlite:///a.db",
            "sqlite://a.db",
            "DATABASE_URL: must begin with sqlite:/// and a path, or with postgresql://",
        ),
        (
            "DATABASE_URL",
            "sqlite:///a.db",
            "mysql://canary@db/a",
            "DATABASE_URL: must begin with sqlite:/// and a path, or with postgresql://",
        ),
        (
            "DATABASE_URL",
            "sqlite:///memory",
            "sqlite:///:memory:",
            "DATABASE_URL: must name a file; memory forgets what was decided",
        ),
        (
            "PUBLIC_URL",
            "https://signoff.acme.example",
            "signoff.acme.example",
            "PUBLIC_URL: must be an address that begins with https:// (or http://) and a host",
        ),
        (
            "SLACK_API_URL",
            "https://slack.com/api/",
            "https://canary:canary@slack.com/api/",
            "SLACK_API_URL: must not hold a user name or password",
        ),
    ],
)
def test_a_value_that_cannot_be_right_stops_the_start(
    environ: dict[str, str], name: str, fine: str, wrong: str, told: str
) -> None:
    settings.read({**environ, name: fine})
    assert problems({**environ, name: wrong}) == [told]
    assert "canary" not in told


def test_on_postgresql_the_signing_key_has_to_be_given(environ: dict[str, str]) -> None:
    settings.read({**environ, "DATABASE_URL": "sqlite:///a.db"})
    assert problems({**environ, "DATABASE_URL": "postgres://db/a"}) == [
        "COUNTERSIGN_SIGNING_KEY: is not set; it has to be, where decisions are stored in PostgreSQL"
    ]


def test_a_file_that_holds_no_key_is_refused(environ: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text("canary")
    assert problems({**environ, "COUNTERSIGN_SIGNING_KEY": str(file)}) == [
        "COUNTERSIGN_SIGNING_KEY: the file it names holds no PEM key"
    ]


def test_a_missing_config_is_named(environ: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "absent.yaml"
    assert problems({**environ, "COUNTERSIGN_CONFIG": str(path)})[0].endswith(
        "absent.yaml cannot be read (No such file or directory)"
    )


@pytest.mark.parametrize("path", ["\0", "."])
def test_a_config_that_cannot_be_a_file_is_refused(environ: dict[str, str], path: str) -> None:
    (told,) = problems({**environ, "COUNTERSIGN_CONFIG": path})
    assert told.startswith("COUNTERSIGN_CONFIG: ")


def test_a_config_that_is_no_text_is_refused(environ: dict[str, str]) -> None:
    Path(environ["COUNTERSIGN_CONFIG"]).write_bytes(b"\xff\xfe")
    (told,) = problems(environ)
    assert told.endswith("countersign.yaml is not a text in UTF-8")


def test_everything_that_is_wrong_is_told_in_one_message(environ: dict[str, str]) -> None:
    Path(environ["COUNTERSIGN_CONFIG"]).write_text(CONFIG + "slaz: 1\npolicee: 1\n")
    wrong = {**without(environ, "SLACK_BOT_TOKEN"), "PORT": "no", "SLACK_SIGNING_SECRET": "canary"}
    with pytest.raises(SettingsError) as caught:
        settings.read(wrong)
    assert str(caught.value).replace(environ["COUNTERSIGN_CONFIG"], "FILE").splitlines() == [
        "Countersign cannot start (secrets of connections are looked at once the config is right): "
        "5 problems",
        "  - PORT: must be a number from 1 to 65535",
        "  - FILE, line 6: slaz: unknown key; did you mean slas?",
        "  - FILE, line 7: policee: unknown key; did you mean policy?",
        "  - SLACK_BOT_TOKEN: is not set",
        "  - SLACK_SIGNING_SECRET: is too short to be a Slack signing secret",
    ]


# What it never shows.


def test_no_secret_is_in_the_repr(environ: dict[str, str]) -> None:
    database = "postgres://bot:canary-password@db/a"
    more = {
        "DATABASE_URL": database,
        "SLACK_APP_TOKEN": "xapp-canary-app-token",
        "COUNTERSIGN_SIGNING_KEY": PEM,
    }
    read = settings.read({**environ, **more})
    assert "canary" not in repr(read)
    assert "PRIVATE" not in repr(read)
    assert "slack.com" in repr(read)


def test_everything_to_hide_is_listed_for_the_logs(environ: dict[str, str]) -> None:
    more = {
        "DATABASE_URL": "postgres://bot:canary%2Fpassword@db/a",
        "SLACK_APP_TOKEN": "xapp-canary-app-token",
        "COUNTERSIGN_SIGNING_KEY": PEM,
    }
    read: Settings = settings.read({**environ, **more})
    secret = set(environ) - {"COUNTERSIGN_CONFIG"}
    assert set(read.hidden) == {
        *(environ[name] for name in secret),
        "canary%2Fpassword",
        "canary/password",
        "xapp-canary-app-token",
        PEM,
    }


@pytest.mark.parametrize("size", [1, 8, 12])
def test_no_wrong_value_is_ever_shown(environ: dict[str, str], size: int) -> None:
    """Each value in turn is nonsense; the message names the variable and not the nonsense."""
    nonsense = "hunter2 " * size
    for name in (
        *environ,
        "PORT",
        "DATABASE_URL",
        "PUBLIC_URL",
        "SLACK_API_URL",
        "SLACK_APP_TOKEN",
    ):
        if name != "COUNTERSIGN_CONFIG":
            told = "\n".join(problems({**environ, name: nonsense}))
            assert name in told
            assert "hunter2" not in told


def test_a_secret_in_place_of_the_path_is_not_shown(environ: dict[str, str]) -> None:
    (told,) = problems({**environ, "COUNTERSIGN_CONFIG": "xoxb-hunter2"})
    assert told == "COUNTERSIGN_CONFIG: (hidden) cannot be read (No such file or directory)"


# Who hands requests over, and who may see how we are.


def test_proxies_are_addresses_and_networks(environ: dict[str, str]) -> None:
    read = settings.read(
        {**environ, "COUNTERSIGN_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8,fd00::/8"}
    )
    assert [str(it) for it in read.trusted_proxies] == ["127.0.0.1/32", "10.0.0.0/8", "fd00::/8"]
    assert settings.read(environ).trusted_proxies == ()


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("proxy.acme.example", "proxy.acme.example is no address and no network"),
        ("10.0.0.1/8", "10.0.0.1/8 is no address and no network"),
        ("0.0.0.0/0", "0.0.0.0/0 would believe everybody"),
        ("::/0", "::/0 would believe everybody"),
    ],
)
def test_whoever_cannot_be_a_proxy_stops_the_start(
    environ: dict[str, str], said: str, problem: str
) -> None:
    name = "COUNTERSIGN_TRUSTED_PROXIES"
    assert problems({**environ, name: f"127.0.0.1, {said}"}) == [f"{name}: {problem}"]


@pytest.mark.parametrize("said", ["", "short"])
def test_a_token_for_watchers_that_is_none_stops_the_start(
    environ: dict[str, str], said: str
) -> None:
    [problem] = problems({**environ, "COUNTERSIGN_METRICS_TOKEN": said})
    assert problem.startswith("COUNTERSIGN_METRICS_TOKEN: ")


def test_it_is_hidden(environ: dict[str, str]) -> None:
    read = settings.read({**environ, "COUNTERSIGN_METRICS_TOKEN": "canary-of-watchers"})
    assert "canary-of-watchers" in read.hidden
    assert "canary-of-watchers" not in repr(read)
