"""What do SNS and AWS CodePipeline say of an approval? As far as it matters to us."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from bot.pipelines.stated_words import FORMATS as STATED_FORMATS
from bot.pipelines.stated_words import Environment, Repository, Stated, Url
from bot.pipelines.told import is_revision
from bot.ports import Malformed
from bot.strict_json import decode

_NAME = r"^[A-Za-z0-9.@_-]{1,100}$"
_ID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_REGION = r"^[a-z]{2}(-[a-z]+)+-[0-9]$"

FORMATS = STATED_FORMATS | {
    _NAME: "must be a name as CodePipeline takes it",
    _ID: "must be an id as CodePipeline gives them",
    _REGION: "must be the name of a region of AWS",
}

Name = Annotated[str, StringConstraints(pattern=_NAME)]
Id = Annotated[str, StringConstraints(pattern=_ID)]
Region = Annotated[str, StringConstraints(pattern=_REGION)]

PARALLEL = "PARALLEL"
_IN_PROGRESS = "InProgress"


class Approval(BaseModel):
    """A manual approval that waits. `expires` has no seconds: 2016-07-07T20:22Z."""

    pipelineName: Name
    stageName: Name
    actionName: Name
    token: Id
    expires: str = ""


class Announced(BaseModel):
    """The `Message` of a notification; other things may be told on a topic, too."""

    region: Region
    approval: Approval


class Place(BaseModel):
    """Where the answer goes."""

    region: Region
    pipeline: Name
    stage: Name
    action: Name
    token: Id


class ActionRun(BaseModel):
    status: str = ""
    token: str = ""
    summary: str = ""


class ActionState(BaseModel):
    actionName: str
    latestExecution: ActionRun | None = None


class StageRun(BaseModel):
    pipelineExecutionId: Id
    status: str = ""


class StageState(BaseModel):
    stageName: str
    actionStates: list[ActionState] = Field(default_factory=list)
    latestExecution: StageRun | None = None


class State(BaseModel):
    """`GetPipelineState`."""

    stageStates: list[StageState] = Field(default_factory=list)

    def run_of(self, stage: str, action: str) -> tuple[StageRun | None, ActionRun | None]:
        for its in self.stageStates:
            for one in its.actionStates:
                if (its.stageName, one.actionName) == (stage, action):
                    return its.latestExecution, one.latestExecution
        return None, None

    def waiting(self, at: Approval) -> str:
        """The execution that waits with this very token; empty if none does."""
        stage, action = self.run_of(at.stageName, at.actionName)
        if stage is None or action is None or action.token != at.token:
            return ""
        return stage.pipelineExecutionId if action.status == stage.status == _IN_PROGRESS else ""


class ExternalResult(BaseModel):
    externalExecutionId: str = ""


class ActionOutput(BaseModel):
    executionResult: ExternalResult = ExternalResult()


class ListedRun(BaseModel):
    pipelineExecutionId: Id
    stageName: str
    actionName: str
    status: str
    output: ActionOutput = ActionOutput()

    def waits(self, at: Approval) -> bool:
        here = (self.stageName, self.actionName) == (at.stageName, at.actionName)
        token = self.output.executionResult.externalExecutionId
        return here and self.status == _IN_PROGRESS and token == at.token


class ActionRuns(BaseModel):
    """`ListActionExecutions`, the newest first."""

    actionExecutionDetails: list[ListedRun] = Field(default_factory=list)


class Revision(BaseModel):
    """What came out of a source; `name` is its output artifact's."""

    name: str = ""
    revisionId: str = ""
    revisionSummary: str = ""
    revisionUrl: str = ""

    @property
    def is_commit(self) -> bool:
        return is_revision(self.revisionId)

    @property
    def message(self) -> str:
        """Of the commit. A connection wraps it: {"ProviderType":"GitHub","CommitMessage":"…"}."""
        try:
            wrapped = decode(self.revisionSummary.encode())
        except Malformed:
            return self.revisionSummary
        said = wrapped.get("CommitMessage") if isinstance(wrapped, dict) else None
        return said if isinstance(said, str) else self.revisionSummary


class Trigger(BaseModel):
    triggerType: str = ""
    triggerDetail: str = ""


class Execution(BaseModel):
    pipelineExecutionId: Id
    pipelineVersion: int
    status: str = ""
    artifactRevisions: list[Revision] = Field(default_factory=list)
    trigger: Trigger = Trigger()

    @property
    def goes_on(self) -> bool:
        return self.status == _IN_PROGRESS


class Executed(BaseModel):
    """`GetPipelineExecution`."""

    pipelineExecution: Execution


class Artifact(BaseModel):
    name: str


class ActionType(BaseModel):
    category: str = ""
    provider: str = ""


class Action(BaseModel):
    name: str
    actionTypeId: ActionType
    configuration: Mapping[str, str] = Field(default_factory=dict)
    outputArtifacts: list[Artifact] = Field(default_factory=list)

    @property
    def repository(self) -> str:
        """ "owner/name" as its provider has it; empty where the configuration names none."""
        said = self.configuration
        if self.actionTypeId.provider == "CodeCommit" and "RepositoryName" in said:
            return f"codecommit/{said['RepositoryName']}"
        if "Owner" in said and "Repo" in said:
            return f"{said['Owner']}/{said['Repo']}"
        return said.get("FullRepositoryId", "")

    @property
    def branch(self) -> str:
        return self.configuration.get("BranchName") or self.configuration.get("Branch", "")


class Stage(BaseModel):
    name: str
    actions: list[Action] = Field(default_factory=list)


class Structure(BaseModel):
    version: int
    stages: list[Stage] = Field(default_factory=list)
    executionMode: str = ""

    def sources(self) -> Iterator[Action]:
        for stage in self.stages:
            yield from (it for it in stage.actions if it.actionTypeId.category == "Source")

    def approval(self, stage: str, action: str) -> Action | None:
        found = (it for s in self.stages if s.name == stage for it in s.actions)
        return next(
            (it for it in found if (it.name, it.actionTypeId.category) == (action, "Approval")),
            None,
        )


class Structured(BaseModel):
    """`GetPipeline`."""

    pipeline: Structure


def _settled(text: str) -> str:
    if "#{" in text:
        raise ValueError("must not hold a variable of the pipeline")
    return text


class Said(Stated):
    """What whoever wrote the pipeline says in the approval's custom data, if that is JSON."""

    repository: Annotated[Repository, AfterValidator(_settled)] | None = None
    environment: Annotated[Environment, AfterValidator(_settled)] | None = None
    source: Annotated[str, StringConstraints(max_length=100)] | None = None
    url: Annotated[Url, AfterValidator(_settled)] | None = None
