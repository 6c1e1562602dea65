"""What does Jenkins tell of its run?"""

from __future__ import annotations

from bot.agent.surroundings.told import Clean, Surroundings, branch, commit, dialect_of, known
from bot.gitlog import owner_and_name


def told(of: Clean) -> Surroundings:
    request = of("CHANGE_ID")
    base = branch(of("CHANGE_TARGET"), "CHANGE_TARGET")
    if not request:
        said = "GIT_PREVIOUS_SUCCESSFUL_COMMIT"
        base = commit(of(said), f"the last build that went well, {said}", partial=True)
    number = of("BUILD_NUMBER")
    return Surroundings(
        name="Jenkins",
        run=f"jenkins/{of('JOB_NAME')}/{number}" if number else "",
        repository=owner_and_name(of("GIT_URL")),
        revision=of("GIT_COMMIT"),
        branch=of("CHANGE_BRANCH") or of("BRANCH_NAME") or of("GIT_BRANCH").removeprefix("origin/"),
        url=of("CHANGE_URL") or of("BUILD_URL"),
        lineage=f"pull/{request}" if request else "",
        title=of("CHANGE_TITLE"),
        author=known(login=of("CHANGE_AUTHOR"), email=of("CHANGE_AUTHOR_EMAIL")),
        triggered_by=known(login=of("BUILD_USER_ID"), email=of("BUILD_USER_EMAIL")),
        base=base,
        dialect=dialect_of(of("GIT_URL")),
        deepen="no shallow clone, and *Honor refspec* off, in the Git plugin",
    )
