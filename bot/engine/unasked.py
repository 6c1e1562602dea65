"""What was deployed, and nobody had been asked about it?"""

from __future__ import annotations

import logging

from bot.engine.rulebook import Rulebook
from bot.ports import Landing

log = logging.getLogger(__name__)


def tell_of_unasked(landing: Landing, rulebook: Rulebook) -> None:
    """There is no signoff to hang an alarm at, and none is made up."""
    if not landing.succeeded or not landing.what:
        return
    if rulebook.policy.names(landing.environment):
        log.error(
            "%s deployed %s, which rules name, and nobody was asked: is its gate switched on there?",
            landing.connection,
            landing.what,
        )
    else:
        log.warning("%s deployed %s, and nobody was asked", landing.connection, landing.what)
