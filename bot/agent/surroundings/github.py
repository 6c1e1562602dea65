"""What does GitHub Actions tell of its run?"""

from __future__ import annotations

from bot.agent.surroundings.github_event import event
from bot.agent.surroundings.told import Clean, Surroundings, commit, known
from bot.domain.owners import Dialect


def told(of: Clean) -> Surroundings:
    happened = event(of("GITHUB_EVENT_PATH"), of("GITHUB_EVENT_NAME"))
    public = of("GITHUB_SERVER_URL") == "https://github.com"
    starter = of("GITHUB_TRIGGERING_ACTOR") or of("GITHUB_ACTOR")
    number = of("GITHUB_ACTOR_ID") if public and starter == of("GITHUB_ACTOR") else ""
    run = f"{of('GITHUB_REPOSITORY')}/{of('GITHUB_RUN_ID')}"
    address = f"{of('GITHUB_SERVER_URL')}/{of('GITHUB_REPOSITORY')}/actions/runs"
    return Surroundings(
        name="GitHub Actions",
        run=f"github/{run}/{of('GITHUB_RUN_ATTEMPT') or '1'}" if of("GITHUB_RUN_ID") else "",
        repository=of("GITHUB_REPOSITORY"),
        revision=of("GITHUB_SHA"),
        branch=of("GITHUB_HEAD_REF") or of("GITHUB_REF_NAME"),
        url=happened.url or f"{address}/{of('GITHUB_RUN_ID')}",
        lineage=happened.lineage,
        title=happened.title,
        description=happened.description,
        labels=happened.labels,
        author=happened.author(public=public),
        triggered_by=known(login=starter, id=f"github:{number}" if number else ""),
        pushed_by=happened.pushers(public=public),
        base=commit(happened.base, happened.base_said, partial=happened.pushed),
        queued=happened.queued,
        dialect=Dialect.GITHUB,
        deepen="actions/checkout with `fetch-depth: 0`",
    )
