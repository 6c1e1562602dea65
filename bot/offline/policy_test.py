"""`countersign policy test`: does the policy still ask for what its examples expect?"""

from __future__ import annotations

import argparse
import json

from bot.cli import policy_testing, terminal
from bot.cli.reports import Tested
from bot.domain.judging import Rules, judge
from bot.offline import files
from bot.offline.examples import Example, examples
from bot.offline.expecting import mismatches
from bot.offline.inviting import Inviting, inviting_by

FAILED = 1


def run(arguments: argparse.Namespace) -> int:
    """`FILE… [--config FILE] [--json]`; 0 where everything is as expected."""
    config = files.config(arguments.config)
    rules, inviting = files.rules_of(config), inviting_by(config)
    every = [
        example
        for name in arguments.files
        for example in examples(files.text(name, "the examples"), name, config.roster)
    ]
    tested = [_tested(example, rules, inviting) for example in every]
    if arguments.json:
        terminal.tell([json.dumps(policy_testing.as_json(tested), indent=2)])
    else:
        terminal.tell(policy_testing.described(tested))
    return FAILED if any(it.mismatches for it in tested) else 0


def _tested(example: Example, rules: Rules, inviting: Inviting) -> Tested:
    judged = judge(rules, example.change, example.at)
    choices = inviting.choices(judged, example.at)
    found = mismatches(example.expected, judged, choices, rules.roster)
    return Tested(name=example.name, file=example.file, line=example.line, mismatches=tuple(found))
