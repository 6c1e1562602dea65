#!/usr/bin/env bash
# verify.sh ATTESTATION PUBLIC_KEY.pem REPOSITORY COMMIT ENVIRONMENT [ARTIFACT sha256:…|- [CONNECTION[,…]]]: exit 0, or nothing may be deployed.
# For machines without Python; needs OpenSSL 3 and jq. It looks at no inclusion proof: `countersign verify` does.
set -euo pipefail
trap 'echo "countersign: not verified" >&2' ERR; work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
for word in "$@"; do [[ $word == *[![:space:]]* ]]; done # no variable is unset
type=application/vnd.in-toto+json
jq -es 'if length == 1 then .[0] | if .mediaType | tostring | startswith("application/vnd.dev.sigstore.bundle") then .dsseEnvelope else . end else false end' "$1" >"$work/envelope"
jq -e --arg t "$type" '.payloadType == $t and (.signatures | length) == 1 and all(.payload, .signatures[0].sig; test("\\A[A-Za-z0-9+/]+={0,2}\\z"))' "$work/envelope" >"$work/said"
jq -r .payload "$work/envelope" | base64 -d >"$work/payload"
jq -r '.signatures[0].sig' "$work/envelope" | base64 -d >"$work/signature"
{ printf 'DSSEv1 %d %s %d ' ${#type} "$type" "$(wc -c <"$work/payload")"; cat "$work/payload"; } >"$work/signed"
openssl pkeyutl -verify -pubin -inkey "$2" -rawin -in "$work/signed" -sigfile "$work/signature" >"$work/said"
jq -es --arg repository "$3" --arg commit "$4" --arg environment "$5" --arg artifact "${6:--}" --arg connections "${7:-}" '
  def moment: if length == 20 and . > "0001" and . == (fromdate | todate) then fromdate else error end;
  length == 1 and (.[0] | .predicate as $p | [.subject | arrays[] | objects.digest | objects] as $digests
  | ._type == "https://in-toto.io/Statement/v1" and .predicateType == "https://countersign.example/attestations/signoff/v0.2"
  and $p.proceed == true and $p.shadow == false and any("approved", "overridden", "not_required"; . == $p.status)
  and $p.repository == $repository and $p.revision == $commit and $p.environment == $environment
  and ($connections == "" or any($connections | split(",")[]; . == $p.connection)) and [$digests[] | select(has("gitCommit")).gitCommit] == [$commit]
  and [$digests[] | del(.gitCommit, .gitTree) | to_entries[] | "\(.key):\(.value)"] == ([$artifact] - ["-"])
  and ($p.notBefore | moment) <= now + 60 and ($p.expiresAt | moment) > now)' "$work/payload" >"$work/said"
jq -r '.predicate | "countersign: \(.status), \(.signoff), until \(.expiresAt)"' "$work/payload"
