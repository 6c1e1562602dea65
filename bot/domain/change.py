"""What would a pipeline like to ship? The facts of one change, as they were stated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What sort of change it is."""

    SOFTWARE = "software"
    INFRASTRUCTURE = "infrastructure"
    SCALING = "scaling"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Somebody, as the outside names them: any of the fields may be empty.

    `kind` is what the platform says the account is ("User", "Bot"), where it says so; `id` is the
    number under which the platform knows it ("github:1234"): logins are renamed and used again. With
    nothing behind the colon it says only where the login is one ("github:").
    """

    login: str = ""
    email: str = ""
    name: str = ""
    kind: str = ""
    id: str = ""

    def __str__(self) -> str:
        return self.login or self.email or self.name or "somebody unnamed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AiNote:
    """What a recorder wrote about a commit: a git note of git-ai, an Agent Trace record.

    `ref` is where it stood ("refs/notes/ai"). `signed`: our own CI wrote or checked it.
    `ai_lines` 0 means that it names no line of a tool's.
    """

    ref: str
    tools: tuple[str, ...] = ()
    ai_lines: int = 0
    signed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    sha: str
    message: str = ""
    author: Identity = Identity()
    committer: Identity = Identity()
    authored_at: datetime | None = None
    notes: tuple[AiNote, ...] = ()


class Mark(StrEnum):
    """What we saw in the content of a file, beyond how many lines it changes."""

    BINARY = "binary"
    BIDI = "bidi"
    INVISIBLE = "invisible"
    GENERATED = "generated"
    SUBMODULE = "submodule"
    SYMLINK = "symlink"
    EXECUTABLE = "executable"
    SECRET = "secret"  # noqa: S105 - a word, no secret
    UNSEEN = "unseen"
    WIDE_ACCESS = "wide access"
    WIDE_NETWORK = "wide network"
    WIDE_PIPELINE = "wide pipeline"
    DROPS = "drops"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One value in a file that scales or limits something, before and after; None: not there."""

    name: str
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One file of a change.

    `status` is what happened to it ("added", "modified", "removed", "renamed"; empty: not said),
    `digest` names exactly what changes in it, and `counted` is False where nobody counted lines.
    """

    path: str
    previous_path: str | None = None
    additions: int = 0
    deletions: int = 0
    counted: bool = True
    status: str = ""
    marks: tuple[Mark, ...] = ()
    settings: tuple[Setting, ...] = ()
    digest: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        """Both names of a renamed file: the rules of either may apply."""
        return (self.path, self.previous_path) if self.previous_path else (self.path,)


@dataclass(frozen=True, slots=True, kw_only=True)
class AiStatement:
    """What the author's side says about AI. `assisted` None: they gave details but no yes or no."""

    assisted: bool | None = None
    tools: tuple[str, ...] = ()
    prompted_by: Identity | None = None
    rationale: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    name: str
    conclusion: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """Who owns some of the changed files, by CODEOWNERS: any `approvals` of `owners` suffice.

    `owners` are as written ("@acme/payments", "@ada", "ada@acme.example", "@@maintainers"); none:
    the file says that nobody owns them. `paths` are the first few of those files.
    """

    owners: tuple[str, ...]
    approvals: int = 1
    section: str = ""
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What a Terraform plan does to one resource: "create", "update", "delete", "replace"…

    `forced` are the attributes that force its replacement, `moves` the bounds an update moves.
    """

    address: str
    action: str
    forced: tuple[str, ...] = ()
    moves: tuple[Setting, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """One bound that a scaling change moves. `recent_peak` is what was needed lately, if told."""

    resource: str
    setting: str
    before: float | None = None
    after: float | None = None
    recent_peak: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    id: str
    at: datetime
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """Somebody who changed some of these files before, how often, and when last."""

    who: Identity
    commits: int = 1
    last: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change a pipeline wants to ship.

    `connection` and `key` name it: the same key on the same connection is the same change.
    `reply_to` is the return address; only the adapter that wrote it reads it.
    `link` is an address the adapter built itself and vouches for; `url` is only what was said.
    `files_complete` and `commits_complete` are False where the list is missing or was cut off:
    rules about what we cannot see apply.
    `tree` is git's name of all files as of the revision, where it was told.
    `lineage` names what goes through several revisions ("pull/12"): evidence and contributors of
    earlier ones stay with it. Empty: this revision stands alone.
    `ships` are other works that ship along: what is known of them counts as well.
    `run` is the run that asked, as a token of its platform proved; empty: nothing proved it.
    `owners` is what CODEOWNERS of the base says (and, where the change touches that file, of its
    head too); None: nobody looked. `policies` are the texts of the repository's own policy, likewise.
    `shows_waiting`: the pipeline can say what it waits for. `by_lineage`: several wait for the same
    place at once, to be merged say, and only an older revision of the same work gives way to it.
    """

    connection: str
    key: str
    repository: str
    revision: str
    environment: str
    title: str
    author: Identity
    base_revision: str = ""
    base_branch: str = ""
    kind: Kind = Kind.SOFTWARE
    description: str = ""
    url: str = ""
    link: str = ""
    branch: str = ""
    triggered_by: Identity | None = None
    commits: tuple[Commit, ...] = ()
    commits_complete: bool = True
    files: tuple[FileChange, ...] = ()
    files_complete: bool = True
    artifact_digest: str = ""
    ai: AiStatement | None = None
    checks: tuple[Check, ...] = ()
    lineage: str = ""
    ships: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    pushers: tuple[Identity, ...] = ()
    owners: tuple[Ownership, ...] | None = None
    policies: tuple[str, ...] = ()
    plan: tuple[Resource, ...] | None = None
    scaling: tuple[Scaling, ...] = ()
    incidents: tuple[Incident, ...] = ()
    touches: tuple[Touch, ...] = ()
    reply_to: Mapping[str, str] = field(default_factory=dict)
    run: str = ""
    shows_waiting: bool = False
    by_lineage: bool = False
    tree: str = ""

    @property
    def deed(self) -> str:
        """What was done with it once it went on."""
        return "merged" if self.by_lineage else "deployed"

    def supersedes(self, older: Change) -> bool:
        """Of what waits for the same place."""
        return not self.by_lineage or (self.lineage != "" and self.lineage == older.lineage)

    @property
    def additions(self) -> int:
        return sum(file.additions for file in self.files)

    @property
    def deletions(self) -> int:
        return sum(file.deletions for file in self.files)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(path for file in self.files for path in file.paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What waits to be merged, by its names alone: a pull request, say, at whatever `revision` it is
    where none is named.
    """

    connection: str
    repository: str
    environment: str
    lineage: str
    revision: str = ""

    def names(self, change: Change) -> bool:
        mine = (self.connection, self.repository, self.environment, self.lineage)
        theirs = (change.connection, change.repository, change.environment, change.lineage)
        if not (self.lineage and change.by_lineage and mine == theirs):
            return False
        return self.revision in ("", change.revision)
