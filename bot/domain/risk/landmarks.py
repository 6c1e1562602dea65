"""Which places does everybody know to be risky? Paths, kinds of files, and kinds of resources.

Plain data. The globs are those of CODEOWNERS and policy; capitals do not matter.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.risk.reasons import (
    BLAST_RADIUS,
    DATA,
    EDGE_CASES,
    LEAST_ACCESS,
    ORIGIN,
    PEAK_LOAD,
    PIPELINE,
    READ,
    ROLL_BACK,
    RiskTier,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Landmark:
    """A well-known place. `in_words` is set for those that count in documentation, too."""

    kind: str
    tier: RiskTier
    sentence: str
    globs: tuple[str, ...]
    checklist: tuple[str, ...] = ()
    in_words: bool = False


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


LANDMARKS: tuple[Landmark, ...] = (
    Landmark(
        kind="policy",
        tier=RiskTier.HIGH,
        sentence="It changes who has to approve changes like this one.",
        globs=_words("countersign.y*ml .countersign/ CODEOWNERS .policy.yml .mergify.yml OWNERS OWNERS_ALIASES"),
        checklist=(PIPELINE, BLAST_RADIUS, ROLL_BACK),
        in_words=True,
    ),
    Landmark(
        kind="workflow",
        tier=RiskTier.HIGH,
        sentence="It changes what the pipeline runs, and with which rights.",
        globs=_words(
            "**/.github/workflows/ **/.github/actions/ action.y*ml .gitlab-ci*.y*ml **/.gitlab/ci/ Jenkinsfile*"
            " *.jenkinsfile **/.circleci/ **/.buildkite/ **/.tekton/ azure-pipelines*.y*ml **/.azure-pipelines/"
            " bitbucket-pipelines.y*ml .travis.yml .drone.y*ml .woodpecker* cloudbuild*.y*ml buildspec*.y*ml"
            " appveyor.yml **/.forgejo/workflows/ **/.gitea/workflows/ **/.husky/ .pre-commit-config.yaml"
        ),
        checklist=(PIPELINE, LEAST_ACCESS, ROLL_BACK),
    ),
    Landmark(
        kind="workflow",
        tier=RiskTier.NORMAL,
        sentence="It changes what AI tools are told to do in this repository.",
        globs=_words(
            "AGENTS.md AGENTS.override.md CLAUDE*.md GEMINI.md SKILL.md .cursorrules .windsurfrules .clinerules"
            " .mcp.json copilot-instructions.md *.instructions.md *.prompt.md **/.claude/ **/.cursor/ **/.codex/"
            " **/prompts/"
        ),
        checklist=(PIPELINE,),
        in_words=True,
    ),
    Landmark(
        kind="access",
        tier=RiskTier.HIGH,
        sentence="It changes rules of access, or how somebody proves who they are.",
        globs=_words(
            "**/iam/ **/rbac/ **/auth/ **/authn/ **/authz/ **/oauth*/ **/sso/ **/permissions/ **/acl/ **/acls/"
            " iam*.* *_iam.* *-iam.* *_iam_*.* *rbac*.y*ml *rolebinding*.y*ml *serviceaccount*.y*ml auth.* auth_*.*"
            " authorization*.* authentication*.* permissions.* *.rego *.cedar sudoers *.sudoers pam.d/ sshd_config"
            " authorized_keys *-policy.json *_policy.json security-policy.* SecurityConfig*.*"
        ),
        checklist=(LEAST_ACCESS, BLAST_RADIUS, EDGE_CASES, ROLL_BACK),
    ),
    Landmark(
        kind="secrets",
        tier=RiskTier.HIGH,
        sentence="It changes files that hold secrets, or say where they come from.",
        globs=_words(
            ".env .env.prod* .env.live* .env.staging *.pem *.key *.p12 *.pfx *.jks *.keystore *.kdbx *.ppk id_rsa*"
            " id_ed25519* .sops.y*ml *.sops.* **/secrets/ secrets.* *secret*.y*ml *.tfvars.secret .npmrc .pypirc"
            " .netrc .htpasswd credentials credentials.* **/vault/ **/keyrings/ externalsecret*.y*ml"
        ),
        checklist=(LEAST_ACCESS, BLAST_RADIUS, ROLL_BACK),
    ),
    Landmark(
        kind="network",
        tier=RiskTier.HIGH,
        sentence="It changes how traffic finds its way.",
        globs=_words(
            "nginx*.conf* **/nginx/ **/envoy/ envoy*.y*ml **/haproxy/ haproxy*.cfg Caddyfile* traefik*.* **/traefik/"
            " **/apache*/ httpd*.conf .htaccess *ingress*.y*ml *networkpolic*.y*ml *network-polic*.y*ml"
            " *gateway*.y*ml *virtualservice*.y*ml *destinationrule*.y*ml **/istio/ *loadbalancer*.* *load_balancer*.*"
            " *load-balancer*.* *security_group*.* *security-group*.* *firewall*.* *vpc*.tf *subnet*.tf *route53*.*"
            " *dns*.tf *dns*.y*ml *.zone **/dns/ *cloudfront*.* varnish*.* *.vcl iptables* nftables*"
        ),
        checklist=(PEAK_LOAD, BLAST_RADIUS, ROLL_BACK),
    ),
    Landmark(
        kind="migration",
        tier=RiskTier.HIGH,
        sentence="It changes the shape of stored data, or the data.",
        globs=_words(
            "**/migrations/ **/migration/ **/migrate/ **/alembic/versions/ **/flyway/ **/liquibase/ *changelog*.xml"
            " *.sql schema.rb structure.sql schema.prisma **/schema_migrations/ *_migration.* *.cql"
        ),
        checklist=(DATA, ROLL_BACK, PEAK_LOAD, EDGE_CASES),
    ),
    Landmark(
        kind="infrastructure",
        tier=RiskTier.NORMAL,
        sentence="It changes how the service is built, placed or run.",
        globs=_words(
            "Dockerfile* *.dockerfile Containerfile* docker-compose*.y*ml compose*.y*ml **/k8s/ **/kubernetes/ **/helm/"
            " **/charts/ **/kustomize/ kustomization.y*ml values*.y*ml Chart.y*ml **/argocd/ **/deploy/ deployment*.y*ml"
            " statefulset*.y*ml daemonset*.y*ml hpa*.y*ml **/ansible/ *.nomad Procfile *.service fly.toml app.yaml"
            " skaffold.y*ml supervisord.conf"
        ),
        checklist=(BLAST_RADIUS, ROLL_BACK),
    ),
    Landmark(
        kind="dependency",
        tier=RiskTier.NORMAL,
        sentence="It changes what is built in from elsewhere.",
        globs=_words(
            "package.json requirements*.txt requirements*.in **/requirements/ constraints*.txt pyproject.toml setup.py"
            " setup.cfg Pipfile environment.y*ml go.mod go.work Cargo.toml Gemfile *.gemspec composer.json pom.xml"
            " build.gradle* settings.gradle* libs.versions.toml *.csproj *.fsproj packages.config Directory.Packages.props"
            " Package.swift Podfile pubspec.yaml mix.exs rebar.config build.sbt deps.edn project.clj conanfile.*"
            " vcpkg.json MODULE.bazel WORKSPACE .gitmodules flake.nix renovate.json* dependabot.y*ml"
        ),
        checklist=(ORIGIN, ROLL_BACK),
    ),
    Landmark(
        kind="unreviewable",
        tier=RiskTier.NORMAL,
        sentence="It changes which files the platform shows to reviewers.",
        globs=_words(".gitattributes"),
        checklist=(READ,),
    ),
    Landmark(
        kind="flag",
        tier=RiskTier.NORMAL,
        sentence="It changes feature flags: code that slept may wake up.",
        globs=_words(
            "**/flags/ **/feature-flags/ **/feature_flags/ **/featureflags/ **/toggles/ flags.* *.flags.*"
            " *feature_flag*.* *feature-flag*.* *featureflag*.* *feature_toggle*.* *featuretoggle*.* features.y*ml"
            " features.json unleash*.* launchdarkly*.* flagd*.* flipt*.*"
        ),
        checklist=(EDGE_CASES, ROLL_BACK),
    ),
)  # fmt: skip

TERRAFORM = _words(
    "*.tf *.tf.json *.tfvars *.tfvars.json *.tofu *.hcl *.bicep **/terraform/ **/cloudformation/ *.cfn.y*ml Pulumi*.y*ml"
    " **/pulumi/ cdk.json serverless.y*ml terragrunt.hcl **/crossplane/"
)
"""What a plan is made for."""

LOCK_FILES = _words(
    "package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock bun.lockb deno.lock poetry.lock uv.lock"
    " pdm.lock Pipfile.lock go.sum go.work.sum Cargo.lock Gemfile.lock composer.lock packages.lock.json"
    " gradle.lockfile Package.resolved Podfile.lock pubspec.lock mix.lock flake.lock conan.lock MODULE.bazel.lock"
    " .terraform.lock.hcl Chart.lock"
)

TESTS = _words(
    "**/test/ **/tests/ **/__tests__/ **/spec/ **/specs/ **/testing/ **/e2e/ test_*.* *_test.* *_tests.* *.test.*"
    " *.spec.* *_spec.* *Test.java *Tests.java *Test.kt *Tests.cs *Test.php *Tests.swift *.feature *.t"
)
CODE = _words(
    "*.py *.pyx *.go *.js *.jsx *.mjs *.cjs *.ts *.tsx *.mts *.vue *.svelte *.java *.kt *.kts *.scala *.groovy"
    " *.clj *.rb *.php *.cs *.fs *.vb *.rs *.c *.h *.cc *.cpp *.cxx *.hpp *.m *.mm *.swift *.dart *.ex *.exs *.erl"
    " *.hs *.ml *.lua *.pl *.pm *.r *.jl *.sh *.bash *.ps1 *.zig *.nim *.sol"
)
"""What tests are written for."""

PICTURES = _words(
    "*.png *.jpg *.jpeg *.gif *.webp *.avif *.ico *.bmp *.tif *.tiff *.woff *.woff2 *.ttf *.otf *.mp3 *.mp4 *.webm"
)
"""What nobody can read as text, and anybody can look at."""

TEST_FOLDERS = frozenset(_words("test tests __tests__ spec specs testing e2e"))
MANIFESTS = _words(
    "**/k8s/ **/kubernetes/ **/manifests/ **/helm/ **/charts/ **/kustomize/ **/argocd/ kustomization.y*ml Chart.y*ml"
    " deployment*.y*ml statefulset*.y*ml daemonset*.y*ml hpa*.y*ml"
)
"""What runs as long as it is described there."""

DOCUMENTATION = _words(".md .markdown .rst .adoc .asciidoc")
"""Endings of files that are words for people: as they are written, nothing folded."""
