"""Which commands are there, what may they be given, and where is the code behind each?

The code is named, not imported: a command that runs on a build agent must not load the server.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.cli import export_options, job_options, verify_options

if TYPE_CHECKING:
    _Choices = argparse._SubParsersAction[argparse.ArgumentParser]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """`target` is `module:function`, which takes the arguments and gives the exit code.

    A name of two words is a command of a group: `roster check`.
    """

    name: str
    summary: str
    example: str
    target: str
    options: Callable[[argparse.ArgumentParser], None]


def parser() -> argparse.ArgumentParser:
    """Puts the chosen command's `target` beside its arguments."""
    whole = argparse.ArgumentParser(
        prog="countersign",
        description="Senior engineers sign off AI-assisted changes before they reach production.",
        epilog="Try it: countersign demo",
        allow_abbrev=False,
    )
    choices = whole.add_subparsers(title="commands", metavar="COMMAND", required=True)
    groups = {name: _group(choices, name, summary) for name, summary in GROUPS.items()}
    for command in COMMANDS:
        group, _, name = command.name.rpartition(" ")
        one = (groups[group] if group else choices).add_parser(
            name,
            help=command.summary,
            description=f"{command.summary[0].upper()}{command.summary[1:]}.",
            epilog=f"example:\n  {command.example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        command.options(one)
        one.set_defaults(target=command.target)
    return whole


def _group(choices: _Choices, name: str, summary: str) -> _Choices:
    one = choices.add_parser(name, help=summary, description=f"{summary}.", allow_abbrev=False)
    return one.add_subparsers(title="commands", metavar="COMMAND", required=True)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) < 65536):
        raise argparse.ArgumentTypeError("must be a number from 0 to 65535")
    return int(text)


def _some(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 10 <= int(text) <= 20_000):
        raise argparse.ArgumentTypeError("must be a number from 10 to 20000")
    return int(text)


def _json(one: argparse.ArgumentParser) -> None:
    one.add_argument("--json", action="store_true", help="answer in JSON, for programs")


def _demo(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--story", action="store_true", help="play everything without a browser, and tell it"
    )
    one.add_argument(
        "--port", type=_port, default=3000, help="where to listen; 0: any free one (%(default)s)"
    )
    one.add_argument(
        "--history", action="store_true", help="begin with an invented quarter of a larger company"
    )
    one.add_argument(
        "--signoffs", type=_some, metavar="N", default=2000, help="how many it holds (%(default)s)"
    )
    one.add_argument(
        "--seed", type=int, default=1, help="the same number is the same quarter (%(default)s)"
    )
    _json(one)


def _nothing(one: argparse.ArgumentParser) -> None:
    pass


def _config(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--config", metavar="FILE", default="countersign.yaml", help="the config (%(default)s)"
    )
    _json(one)


def _provenance(one: argparse.ArgumentParser) -> None:
    one.add_argument("--git", metavar="PATH", default=".", help="the repository (%(default)s)")
    one.add_argument("--range", metavar="A..B", default="HEAD", help="which commits (%(default)s)")
    one.add_argument(
        "--config", metavar="FILE", help="its conventions count, too (countersign.yaml, if there)"
    )
    _json(one)


def _roster_import(one: argparse.ArgumentParser) -> None:
    _config(one)
    one.add_argument("--slack-token-env", metavar="NAME", required=True, help="variable of a token")
    one.add_argument("--slack-url", default="https://slack.com/api", help="(%(default)s)")
    for forge, url, what in (
        ("github", "https://api.github.com", "org"),
        ("gitlab", "https://gitlab.com", "group"),
    ):
        one.add_argument(f"--{forge}-{what}", default="", help=f"whose members to look at ({what})")
        one.add_argument(f"--{forge}-token-env", metavar="NAME", default="", help="its variable")
        one.add_argument(f"--{forge}-url", default=url, help="(%(default)s)")


def _explain(one: argparse.ArgumentParser) -> None:
    which = one.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "--change", metavar="FILE", help="a change in the webhook's JSON; -: standard input"
    )
    which.add_argument("--id", metavar="ID", help="a signoff that a running server explains")
    _config(one)
    one.add_argument("--repository-policy", metavar="FILE", help="the repository's own policy")
    one.add_argument("--codeowners", metavar="FILE", help="its CODEOWNERS")
    one.add_argument(
        "--dialect",
        choices=("github", "gitlab"),
        default="github",
        help="whose rules CODEOWNERS is read by (%(default)s)",
    )
    one.add_argument("--at", metavar="MOMENT", help="as of 2026-11-21T10:00:00Z; by default now")
    one.add_argument("--url", metavar="URL", help="with --id: the address of the server")
    one.add_argument("--token-env", metavar="NAME", help="with --id: the variable of the token")


def _policy_test(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "files", metavar="FILE", nargs="+", help="example changes, and what is expected of each"
    )
    _config(one)


def _simulate(one: argparse.ArgumentParser) -> None:
    where = one.add_mutually_exclusive_group(required=True)
    where.add_argument("--git", metavar="PATH", help="the repository whose past is gone through")
    where.add_argument("--history", action="store_true", help="what DATABASE_URL remembers instead")
    one.add_argument(
        "--since", metavar="WHEN", default="90d", help="36h, 90d or 12w ago, or a day (%(default)s)"
    )
    one.add_argument("--until", metavar="WHEN", help="a day or a moment; by default now")
    _config(one)
    one.add_argument("--candidate", metavar="FILE", help="another config, to be compared")
    one.add_argument(
        "--environment", metavar="NAME", default="production", help="where it went (%(default)s)"
    )
    one.add_argument(
        "--minutes-per-review", metavar="N", type=float, default=10.0, help="(%(default)g)"
    )


def _migrate(one: argparse.ArgumentParser) -> None:
    one.add_argument("--check", action="store_true", help="only look; exit code 1 if there is work")
    one.add_argument(
        "--to-version", metavar="N", help="another schema than the newest; an older one: back"
    )
    one.add_argument(
        "--from", dest="source", metavar="URL", help="move all that is stored in this database …"
    )
    one.add_argument(
        "--to", dest="destination", metavar="URL", help="… to this empty one (DATABASE_URL)"
    )
    _json(one)


def _backup(one: argparse.ArgumentParser) -> None:
    one.add_argument("file", metavar="FILE", help="where the copy goes; it must not be there yet")
    _json(one)


def _audit_verify(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--checkpoint",
        metavar="PATH",
        action="append",
        default=[],
        help="a checkpoint that was kept elsewhere, or a folder of them; may be repeated",
    )
    one.add_argument(
        "--key",
        metavar="FILE",
        action="append",
        default=[],
        help="a public key in PEM, instead of the server's own; may be repeated",
    )
    one.add_argument(
        "--quick", action="store_true", help="the trail alone, and not what is made of it"
    )
    _json(one)


def _erase(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--person", metavar="ID", action="append", default=[], help="their id in the roster of then"
    )
    one.add_argument("--email", metavar="ADDRESS", action="append", default=[], help="an address")
    one.add_argument("--login", metavar="NAME", action="append", default=[], help="a login")
    one.add_argument(
        "--text",
        metavar="TEXT",
        action="append",
        default=[],
        help="whatever else names them, wherever it stands; all of these may be repeated",
    )
    one.add_argument(
        "--older-than-retention",
        action="store_true",
        help="instead: everybody, out of decisions older than evidence.retain",
    )
    one.add_argument("--reason", metavar="WHY", required=True, help="kept; it names nobody")
    one.add_argument("--by", metavar="WHO", required=True, help="who erases; kept")
    one.add_argument("--yes", action="store_true", help="do it; without, it only looks")
    _json(one)


def _keys(one: argparse.ArgumentParser) -> None:
    how = one.add_mutually_exclusive_group()
    how.add_argument("--pem", action="store_true", help="the key that signs now, and nothing else")
    how.add_argument("--json", action="store_true", help="answer in JSON, for programs")


def _outbox(one: argparse.ArgumentParser) -> None:
    """Without a deed it shows what is there. A deed's `--json` may stand before it or after."""
    _json(one)
    deeds = one.add_subparsers(title="deeds", metavar="DEED", dest="deed")
    retry = deeds.add_parser(
        "retry", help="try it now, and for three more days", allow_abbrev=False
    )
    which = retry.add_mutually_exclusive_group(required=True)
    which.add_argument("ids", metavar="ID", nargs="*", type=int, default=[], help="as listed")
    which.add_argument("--destination", metavar="NAME", help="all of it that failed or is parked")
    which.add_argument("--all-parked", action="store_true", help="all that is parked, wherever to")
    drop = deeds.add_parser(
        "drop", help="give up what is parked; its signoff's trail says so", allow_abbrev=False
    )
    drop.add_argument("id", metavar="ID", type=int, help="as listed")
    drop.add_argument("--reason", metavar="WHY", required=True, help="what the trail is to say")
    drop.add_argument("--yes", action="store_true", help="do not ask")
    for deed in (retry, drop):
        deed.add_argument("--json", action="store_true", default=argparse.SUPPRESS)


def _passkeys(one: argparse.ArgumentParser) -> None:
    """Without a deed it shows what is there. A deed's `--json` may stand before it or after."""
    _json(one)
    deeds = one.add_subparsers(title="deeds", metavar="DEED", dest="deed")
    approve = deeds.add_parser(
        "approve", help="let a key in: you have looked whose it is", allow_abbrev=False
    )
    remove = deeds.add_parser("remove", help="it decides nothing any more", allow_abbrev=False)
    how = "all its letters, as its owner's page shows them"
    approve.add_argument("fingerprint", metavar="FINGERPRINT", help=how)
    remove.add_argument("fingerprint", metavar="FINGERPRINT", help="as listed, or how it begins")
    for deed in (approve, remove):
        deed.add_argument("--json", action="store_true", default=argparse.SUPPRESS)


COMMANDS = (
    Command(
        name="demo",
        summary="start the bot, a play Slack and a toy pipeline on this machine, without accounts",
        example="countersign demo --port 8080",
        target="bot.demo:run",
        options=_demo,
    ),
    Command(
        name="serve",
        summary="run the bot, as the environment and countersign.yaml say",
        example="COUNTERSIGN_CONFIG=/etc/countersign.yaml countersign serve",
        target="bot.main:serve",
        options=_nothing,
    ),
    Command(
        name="check",
        summary="look at the config and the secrets, and start nothing",
        example="COUNTERSIGN_CONFIG=countersign.yaml countersign check --json",
        target="bot.main:check",
        options=_json,
    ),
    Command(
        name="schema",
        summary="print the JSON Schema of countersign.yaml, with which editors complete it",
        example="countersign schema > countersign.schema.json",
        target="bot.cli.schema:run",
        options=_json,
    ),
    Command(
        name="provenance",
        summary="show the evidence of AI in the history of a git repository",
        example="countersign provenance --git . --range main~50..main",
        target="bot.cli.provenance:run",
        options=_provenance,
    ),
    Command(
        name="roster check",
        summary="find who cannot be asked, who is there twice, and groups nobody can sign for",
        example="countersign roster check --config countersign.yaml",
        target="bot.cli.roster:check",
        options=_config,
    ),
    Command(
        name="roster import",
        summary="propose entries from Slack, GitHub and GitLab; nothing is written",
        example="countersign roster import --slack-token-env SLACK_BOT_TOKEN --github-org acme --github-token-env GITHUB_TOKEN",
        target="bot.cli.roster:propose",
        options=_roster_import,
    ),
    Command(
        name="request",
        summary="ask from a build job whether this may be shipped",
        example="COUNTERSIGN_URL=https://countersign.example.com countersign request --wait",
        target="bot.cli.requesting:run",
        options=job_options.request,
    ),
    Command(
        name="wait",
        summary="wait for a signoff: exit 0 go on, 10 rejected, 11 expired, 12 gone, 1 trouble",
        example="countersign wait sgn_01jd2k --timeout 8h",
        target="bot.cli.waiting:run",
        options=job_options.wait,
    ),
    Command(
        name="status",
        summary="say how a signoff stands now: exit codes of wait, 1 while it is pending",
        example="countersign status sgn_01jd2k --json",
        target="bot.cli.standing:run",
        options=job_options.status,
    ),
    Command(
        name="incident open",
        summary="tell of an incident, and of which signoffs it is if that is known",
        example='countersign incident open INC-4711 "Checkout is down" --environment production --repository acme/payments-api',
        target="bot.cli.incidents:opened",
        options=job_options.incident_open,
    ),
    Command(
        name="incident resolve",
        summary="tell that an incident is over",
        example="countersign incident resolve INC-4711",
        target="bot.cli.incidents:resolved",
        options=job_options.incident_resolve,
    ),
    Command(
        name="incident link",
        summary="tell of which signoffs an incident is",
        example="countersign incident link INC-4711 sgn_01jd2k",
        target="bot.cli.incidents:linked",
        options=job_options.incident_link,
    ),
    Command(
        name="verify",
        summary="say whether an attestation lets this be deployed here and now, without a server",
        example="countersign verify attestation.json --key countersign.pub --environment production",
        target="bot.cli.verifying:run",
        options=verify_options.verify,
    ),
    Command(
        name="explain",
        summary="say who would be asked for a change, and why, and why nobody else",
        example="countersign explain --change change.json",
        target="bot.offline.explain:run",
        options=_explain,
    ),
    Command(
        name="policy test",
        summary="test the policy with example changes",
        example="countersign policy test policy.test.yaml",
        target="bot.offline.policy_test:run",
        options=_policy_test,
    ),
    Command(
        name="simulate",
        summary="say what a policy would have asked for in the past, and another one instead",
        example="countersign simulate --git . --since 90d --candidate next.yaml",
        target="bot.history:simulate",
        options=_simulate,
    ),
    Command(
        name="outbox",
        summary="show what pipelines could not be told, retry it, or give it up",
        example="countersign outbox retry --destination payments-ci",
        target="bot.outbox:run",
        options=_outbox,
    ),
    Command(
        name="passkeys",
        summary="show who can decide with which security key, let one in, or remove it",
        example="countersign passkeys approve 7K2Q-M4XD-ZTHA-3GOV-PB6N",
        target="bot.passkeys:run",
        options=_passkeys,
    ),
    Command(
        name="keys",
        summary="print the public keys with which attestations and checkpoints are verified",
        example="countersign keys --pem > countersign.pub",
        target="bot.keys:run",
        options=_keys,
    ),
    Command(
        name="audit verify",
        summary="find whatever was changed, removed, forked or rolled back in the audit trail",
        example="countersign audit verify --checkpoint /mnt/auditors/checkpoints",
        target="bot.auditing:verify",
        options=_audit_verify,
    ),
    Command(
        name="erase",
        summary="take somebody who left out of all that is stored; the audit trail still holds",
        example='countersign erase --person ada --email ada@acme.example --reason "asked to" --by max',
        target="bot.erasing:run",
        options=_erase,
    ),
    Command(
        name="export",
        summary="write for auditors what was decided in a period, and what was deployed without it",
        example="countersign export --since 2026-07-01 --until 2026-10-01 --format jsonl --out q3.jsonl",
        target="bot.exporting:run",
        options=export_options.export,
    ),
    Command(
        name="migrate",
        summary="bring the database up to this version, or move it to another database",
        example="countersign migrate --from sqlite:///countersign.db --to postgresql://host/countersign",
        target="bot.upkeep:migrate",
        options=_migrate,
    ),
    Command(
        name="recount",
        summary="make all figures anew from what is stored",
        example="countersign recount",
        target="bot.recounting:run",
        options=_json,
    ),
    Command(
        name="backup",
        summary="copy the database while the server uses it, and look the copy through",
        example="countersign backup /backups/countersign-2026-11-22.db",
        target="bot.upkeep:backup",
        options=_backup,
    ),
)

GROUPS = {
    "audit": "Ask whether the audit trail holds",
    "incident": "Tell what became of what was shipped",
    "roster": "Look after the people in the config",
    "policy": "Ask whether the policy does what it should",
}
