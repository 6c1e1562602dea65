"""GitLab CI: a real .gitlab-ci.yml, with our job and with our component, run by gitlab-ci-local here."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import signing
from bot.demo.scene import TOKEN, Scene
from tests.peers.deciding import APPROVED, BOTH_WAYS, decided
from tests.peers.programs import Ran, of_machine, of_node, run, surroundings
from tests.repositories import Repository

PIPELINE = """
stages: [signoff, deploy]
signoff:
  stage: signoff
  environment: {name: production, action: verify}
  variables: {GIT_DEPTH: "0"}
  script:
    - countersign request --wait --base HEAD~1
deploy:
  stage: deploy
  needs: [signoff]
  environment: production
  script:
    - echo "deployed $CI_COMMIT_SHA" > "$SHIPPED"
"""

COMPONENT = Path(__file__).parents[2] / "docs" / "pipelines" / "gitlab-component.yml"
INCLUDING = """
stages: [signoff, deploy]
include:
  - local: countersign.yml
    inputs:
      url: "$COUNTERSIGN_URL"
      stage: signoff
      package: pip  # which is there already, and so is ours
      arguments: --base HEAD~1
deploy:
  stage: deploy
  needs: [countersign]
  environment: production
  script:
    - echo "deployed $CI_COMMIT_SHA" > "$SHIPPED"
"""
VERIFYING = INCLUDING.replace(
    "      stage: signoff\n",
    "      stage: signoff\n      public_key: |\n        KEY\n      connection: CONNECTION\n",
)
"""The same, and it verifies what it is told."""


async def push(runner: str, scene: Scene, at: Path, countersign: Path, shipped: Path) -> Ran:
    return await run(
        runner, "--force-shell-executor", "--no-color", "--no-artifacts-to-source",
        "--variable", f"COUNTERSIGN_URL={scene.address}",
        "--variable", f"COUNTERSIGN_TOKEN={TOKEN}",
        "--variable", f"SHIPPED={shipped}",
        at=at, environ=surroundings(scene.folder, countersign),
    )  # fmt: skip


@pytest.mark.parametrize(
    "pipeline", [PIPELINE, INCLUDING, VERIFYING], ids=["our job", "our component", "with a key"]
)
@pytest.mark.parametrize("decision", BOTH_WAYS)
async def test_a_pipeline_goes_on_only_after_a_yes(
    scene: Scene,
    repository: Repository,
    countersign: Path,
    tmp_path: Path,
    decision: str,
    pipeline: str,
) -> None:
    of_machine("rsync")
    runner, shipped = of_node("gitlab-ci-local"), tmp_path / "shipped"
    key = signing.pem(scene.public_key()).replace("\n", "\n        ").strip()
    known = pipeline.replace("KEY", key).replace("CONNECTION", "payments-ci")
    repository.write(".gitlab-ci.yml", known)
    repository.write("countersign.yml", COMPONENT.read_text())
    repository.commit("Ask before it ships")
    run = push(runner, scene, repository.path, countersign, shipped)
    ran = await decided(scene, decision, "Ask before it ships", run)
    assert "asked for as sgn_" in ran.out
    if decision == APPROVED:
        assert ran.code == 0, ran.out
        assert ("verified: " in ran.out) is (pipeline == VERIFYING)
        assert shipped.read_text() == f"deployed {repository.git('rev-parse', 'HEAD')}\n"
    else:
        assert ran.code != 0
        assert "is rejected (ada: reject" in ran.out
        assert not shipped.exists()
