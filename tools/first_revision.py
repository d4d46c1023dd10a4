"""Write migrations/versions/0001_all_tables.py anew from the models.

Only while version 0.1.0 is unreleased: from then on every change of a table is a revision of its
own, made with ``workflow-app db revision``.
"""

import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from workflow_app.models import Artefact

TARGET = Path(__file__).resolve().parent.parent / "migrations" / "versions" / "0001_all_tables.py"
HEAD = '''"""All tables, and the triggers that keep six of them append-only."""

import sqlalchemy as sa
from alembic import op

from workflow_app import append_only

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: 64-bit keys; SQLite counts up only plain INTEGER.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
'''
#: How autogenerate writes the key type, and the name it gets instead.
KEY_TYPE = "sa.BigInteger().with_variant(sa.Integer(), 'sqlite')"


def main() -> None:
    metadata = Artefact.metadata
    with create_engine("sqlite://").connect() as connection:
        script = produce_migrations(MigrationContext.configure(connection), metadata)
    if script.upgrade_ops is None:
        sys.exit("nothing to write")
    body = render_python_code(script.upgrade_ops).replace(KEY_TYPE, "ID")
    lines = [line for line in body.splitlines() if "###" not in line]
    tables = [table.name for table in reversed(metadata.sorted_tables)]
    down = "\n".join(f'    op.drop_table("{name}")' for name in tables)
    upgrade = "\n".join(lines)
    TARGET.write_text(
        f"{HEAD}    {upgrade.strip()}\n    append_only.create(op.get_bind())\n"
        f"\n\ndef downgrade() -> None:\n    append_only.drop(op.get_bind())\n{down}\n"
    )
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(TARGET)], check=True)
    print(f"{TARGET.name}: {len(tables)} tables")


if __name__ == "__main__":
    main()
