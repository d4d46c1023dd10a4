"""Column types that all tables share."""

from sqlalchemy import BigInteger, Integer, String

from workflow_app.clock import STAMP_LENGTH

#: 64-bit keys; SQLite counts up only plain INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")
#: A moment as kept by ``clock.stamp``.
Stamp = String(STAMP_LENGTH)
#: A calendar day, ``2026-09-01``.
Day = String(10)
#: A hex SHA-256.
Digest = String(64)
Name = String(40)
