"""How does a database forget what is deleted? Its files keep old pages until they are written over."""

from __future__ import annotations

from sqlalchemy import Connection

from storage.erasing_rows import COUNTED, DOCUMENTS, FORGOTTEN, RENAMED

_BY_THEMSELVES = {"audit", "signoff", "attestation", "inbox", DOCUMENTS}
WHOLE = tuple(sorted({*_BY_THEMSELVES, *COUNTED, *FORGOTTEN, *RENAMED}))
"""Tables that an erasure changes."""


def clean(connection: Connection) -> str:
    """Outside of any transaction; what an operator has to run instead, where we do not."""
    if connection.dialect.name != "sqlite":
        return f"VACUUM FULL {', '.join(WHOLE)};"
    driver = connection.connection.driver_connection
    if driver is None:
        raise RuntimeError("the connection is closed")
    driver.execute("VACUUM")
    driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return ""
