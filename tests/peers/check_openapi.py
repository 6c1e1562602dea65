"""Run by the peers' own Python: do these requests fit GitHub's description of its API?

Reads {"description": file, "requests": [[path, body]…]} and writes the complaints about each.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

TYPE = "application/json"


def schema_of(description: dict[str, Any], path: str) -> tuple[str, Any]:
    """What the body of a POST to this path is to be; and the path as it is described."""
    parts = path.strip("/").split("/")
    for known, methods in description["paths"].items():
        wanted = known.strip("/").split("/")
        pairs = list(zip(wanted, parts, strict=False))
        fits = len(wanted) == len(parts) and all(w[:1] == "{" or w == p for w, p in pairs)
        if fits and "post" in methods:
            pointer = known.replace("~", "~0").replace("/", "~1")
            body = f"/paths/{pointer}/post/requestBody/content/application~1json/schema"
            return known, {"$ref": f"urn:github#{body}"}
    raise LookupError(path)


def main() -> None:
    asked = json.load(sys.stdin)
    description = json.loads(Path(asked["description"]).read_text())
    registry: Registry[Any] = Registry().with_resource(
        "urn:github", DRAFT4.create_resource(description)
    )
    said = []
    for path, body in asked["requests"]:
        known, schema = schema_of(description, path)
        errors = OAS30Validator(schema, registry=registry).iter_errors(body)
        said.append({"path": known, "errors": [error.message for error in errors]})
    sys.stdout.write(json.dumps(said))


main()
