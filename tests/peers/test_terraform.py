"""Terraform: a saved plan is applied after a yes to just that file, as docs/pipelines/terraform.md
says."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.demo.scene import CHANNEL, TOKEN, Scene, reading
from bot.signing import verify
from tests.cli.job import ROOT
from tests.peers.deciding import APPROVED, REJECTED, decided
from tests.peers.programs import Ran, of_machine, run, surroundings
from tests.repositories import Repository

PAGE = ROOT / "docs" / "pipelines" / "terraform.md"
SIZE = """
variable "size" {
  default = 1
}
resource "terraform_data" "cluster" {
  input = var.size
}
"""


def job() -> list[str]:
    """The script of the page, as it stands there, and as if something had gone on before: of the
    first of all nobody knows what it is compared with, and so it asks for more.
    """
    _, _, way_b = PAGE.read_text().partition("## B. ")
    script = way_b.partition("```sh\n")[2].partition("```")[0]
    assert "countersign request --wait" in script
    based = script.replace("countersign request --wait", "countersign request --wait --base HEAD~1")
    return based.splitlines(keepends=True)


@dataclass(frozen=True, slots=True)
class Workspace:
    """A repository with a configuration, and the job that plans, asks and applies."""

    scene: Scene
    repository: Repository
    terraform: Path
    countersign: Path

    async def ship(self, script: list[str]) -> Ran:
        environ = surroundings(
            self.scene.folder,
            self.countersign,
            self.terraform.parent,
            CHECKPOINT_DISABLE="1",
            COUNTERSIGN_URL=self.scene.address,
            COUNTERSIGN_TOKEN=TOKEN,
        )
        return await run("sh", "-c", "".join(script), at=self.repository.path, environ=environ)

    async def signed(self) -> list[dict[str, str]]:
        """The digests in the attestation of what is shown."""
        (card,) = self.scene.slack.cards(CHANNEL)
        id = re.search(r"sgn_\w+", reading(card.blocks))
        assert id
        _, envelope = await self.scene.get(f"/api/v1/signoffs/{id[0]}/attestation")
        statement: Any = verify(json.dumps(envelope), self.scene.public_key())
        return [subject["digest"] for subject in statement["subject"]]

    @property
    def applied(self) -> bool:
        return (self.repository.path / "terraform.tfstate").exists()

    @property
    def digest(self) -> str:
        return hashlib.sha256((self.repository.path / "plan.bin").read_bytes()).hexdigest()


@pytest.fixture
def workspace(scene: Scene, repository: Repository, countersign: Path) -> Workspace:
    terraform = Path(of_machine("terraform"))
    repository.write(".gitignore", ".terraform/\n*.tfstate\nplan.*\n")
    repository.commit("Two nodes", main_tf=SIZE)
    return Workspace(scene, repository, terraform, countersign)


async def test_the_plan_that_was_approved_is_applied(workspace: Workspace) -> None:
    ran = await decided(workspace.scene, APPROVED, "Two nodes", workspace.ship(job()))
    assert ran.code == 0, ran.out
    assert "1 added, 0 changed, 0 destroyed" in ran.out
    assert workspace.applied
    assert {"sha256": workspace.digest} in await workspace.signed()


async def test_a_plan_that_was_rejected_is_not(workspace: Workspace) -> None:
    ran = await decided(workspace.scene, REJECTED, "Two nodes", workspace.ship(job()))
    assert ran.code == 10, ran.out
    assert not workspace.applied


async def test_another_plan_than_the_approved_one_is_not(workspace: Workspace) -> None:
    """Somebody puts another file in its place while people think."""
    script = job()
    check = next(n for n, line in enumerate(script) if "sha256sum --check" in line)
    script.insert(check, "terraform plan -input=false -var size=9 -out=plan.bin > /dev/null\n")
    ran = await decided(workspace.scene, APPROVED, "Two nodes", workspace.ship(script))
    assert ran.code != 0
    assert "plan.bin: FAILED" in ran.out
    assert not workspace.applied
