"""Who works at the company of the demo, what do they agree on, and how fast is its Slack?"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import yaml

from bot.chat.slack.names import GLOBAL_SHORTCUT, MESSAGE_SHORTCUT
from bot.playground.things import Channel, Member, Shortcut
from bot.ports import Limit, Pace

CONFIG = Path(__file__).with_name("acme.yaml").read_text()
AT_ONCE = CONFIG.replace("grace: 8s", "grace: 0s")
"""The same, without time to think better of an approval."""
SOON = CONFIG.replace("grace: 8s", "grace: 2s")
"""The same, with hardly any."""
AS_FAST_AS_YOU_PRESS = Pace(
    post=Limit(1000, timedelta(seconds=1)),
    change=Limit(1000, timedelta(seconds=1)),
    home=Limit(1000, timedelta(seconds=1)),
)
"""The play Slack takes whatever comes; one that counts would make a visitor wait who tries all."""
CHANNEL, PLATFORM_CHANNEL, FALLBACK_CHANNEL = "C0PAY", "C0PLAT", "C0OPS"
AUTHOR, SENIOR, OTHER_SENIOR, GUEST, PRINCIPAL = "U0JUN", "U0ADA", "U0GRACE", "U0MAX", "U0PAT"

MEMBERS = (
    Member(id=AUTHOR, name="Jun Ito", handle="jun", title="Engineer, author", tz="Asia/Tokyo"),
    Member(id=SENIOR, name="Ada Park", handle="ada", title="Senior engineer"),
    Member(id=OTHER_SENIOR, name="Grace Hill", handle="grace", title="Staff engineer"),
    Member(id=GUEST, name="Max Bauer", handle="max", title="Contractor, guest", restricted=True),
    Member(id=PRINCIPAL, name="Pat Okafor", handle="pat", title="Principal, platform"),
)
CHANNELS = (
    Channel(id=CHANNEL, name="payments-deploys", members=(AUTHOR, SENIOR, OTHER_SENIOR, GUEST)),
    Channel(id=PLATFORM_CHANNEL, name="platform", members=(PRINCIPAL, SENIOR)),
    Channel(id=FALLBACK_CHANNEL, name="countersign-ops", members=(PRINCIPAL, SENIOR)),
)
MORE_CHANNELS = (
    Channel(id="C0SEARCH", name="search-deploys", members=(PRINCIPAL, SENIOR)),
    Channel(id="C0MOBILE", name="mobile-deploys", members=(PRINCIPAL, SENIOR)),
    Channel(id="C0DATA", name="data-deploys", members=(PRINCIPAL, SENIOR)),
    Channel(id="C0SEC", name="security", members=(PRINCIPAL, SENIOR)),
)
"""Where the other teams are, once the company has grown."""
SHORTCUTS = (
    Shortcut(callback_id=GLOBAL_SHORTCUT, name="Sign-offs"),
    Shortcut(callback_id=MESSAGE_SHORTCUT, name="About this sign-off", on_message=True),
)
"""As the manifest names them."""


def grown(config: str) -> tuple[Member, ...]:
    """Those above, and whoever else this config names."""
    known = {member.id for member in MEMBERS}
    others = [
        Member(
            id=it["slack"],
            name=it["name"],
            handle=handle,
            title=f"{it['level'].capitalize()} engineer",
            tz=it["timezone"],
        )
        for handle, it in yaml.safe_load(config)["people"].items()
        if it["slack"] not in known
    ]
    return (*MEMBERS, *others)
