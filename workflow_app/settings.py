"""Every setting: its environment variable, its default, its meaning."""

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def _flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, "1" if default else "0").strip().lower() in {"1", "true", "yes", "on"}


def _number(name: str, default: int) -> int:
    raw = os.environ.get(name, "").strip()
    if not raw:
        return default
    if not raw.isdecimal():
        raise SystemExit(f"环境变量 {name} 应是一个非负整数，现在是「{raw}」。")
    return int(raw)


@dataclass(slots=True)
class Settings:
    """One installation. Read from the environment once, at start."""

    #: DATA_DIR: where the database file, the secret key and everything else of ours lives.
    data_dir: Path = field(default_factory=lambda: Path(os.environ.get("DATA_DIR") or ROOT / "var"))
    #: DATABASE_URL: empty for SQLite in DATA_DIR; postgresql://… for PostgreSQL.
    database_url: str = field(default_factory=lambda: os.environ.get("DATABASE_URL", ""))
    #: SECRET_KEY: signs cookies; made once and kept in DATA_DIR when not given.
    secret_key: str = field(default_factory=lambda: os.environ.get("SECRET_KEY", ""))
    #: APP_ENV: ``production`` refuses the demo and wants HTTPS cookies.
    app_env: str = field(default_factory=lambda: os.environ.get("APP_ENV", "development"))
    #: PORT and BIND: where ``workflow-app serve`` listens.
    port: int = field(default_factory=lambda: _number("PORT", 8000))
    bind: str = field(default_factory=lambda: os.environ.get("BIND", "127.0.0.1"))
    #: DEMO_PASSWORD: the one password of the demo people; made at random when empty.
    demo_password: str = field(default_factory=lambda: os.environ.get("DEMO_PASSWORD", ""))
    #: REAUTH_GRACE_MINUTES: how long a signer's password, once entered, still counts; 0 asks every time.
    reauth_grace_minutes: int = field(default_factory=lambda: _number("REAUTH_GRACE_MINUTES", 5))
    #: SHARE_APPROVED: whether approved plans may be read by the whole county （推广）.
    share_approved: bool = field(default_factory=lambda: _flag("SHARE_APPROVED"))
    #: WORKFLOWS_DIR: a folder with further definition files of the county's own.
    workflows_dir: str = field(default_factory=lambda: os.environ.get("WORKFLOWS_DIR", ""))
    #: TRUSTED_HOSTS: comma-separated names this site answers to; empty accepts any (behind a proxy: set it).
    trusted_hosts: str = field(default_factory=lambda: os.environ.get("TRUSTED_HOSTS", ""))
    #: SESSION_HOURS: how long a login lasts.
    session_hours: int = field(default_factory=lambda: _number("SESSION_HOURS", 12))
    #: LOCKOUT_AFTER: wrong passwords in a row before a login name has to wait.
    lockout_after: int = field(default_factory=lambda: _number("LOCKOUT_AFTER", 5))
    #: BASE_URL: this site's address as people outside reach it; printed and mailed links begin with it.
    base_url: str = field(default_factory=lambda: os.environ.get("BASE_URL", ""))
    #: FONT_DIRS: folders with fonts of the county's own （仿宋、楷体、小标宋）, separated as PATH is.
    font_dirs: str = field(default_factory=lambda: os.environ.get("FONT_DIRS", ""))
    #: TRUSTED_PROXY: the address of the reverse proxy whose X-Forwarded-For tells who asks; empty for none.
    trusted_proxy: str = field(default_factory=lambda: os.environ.get("TRUSTED_PROXY", ""))
    #: ATTACHMENT_MB, ATTACHMENTS_MOST, ATTACHMENTS_MB: how large one attachment may be, how many a
    #: document may have, and how large they may be together.
    attachment_mb: int = field(default_factory=lambda: _number("ATTACHMENT_MB", 20))
    attachments_most: int = field(default_factory=lambda: _number("ATTACHMENTS_MOST", 20))
    attachments_mb: int = field(default_factory=lambda: _number("ATTACHMENTS_MB", 100))
    #: CLAMD_ADDRESS: the virus scanner (ClamAV), host:port or the path of its socket; empty for none.
    clamd_address: str = field(default_factory=lambda: os.environ.get("CLAMD_ADDRESS", ""))
    #: S3_BUCKET, S3_ENDPOINT, S3_REGION, S3_KEY_ID, S3_SECRET: a bucket for the attachments; no bucket:
    #: they are kept in DATA_DIR. No endpoint: Amazon's own. No key: whatever the machine provides.
    s3_bucket: str = field(default_factory=lambda: os.environ.get("S3_BUCKET", ""))
    s3_endpoint: str = field(default_factory=lambda: os.environ.get("S3_ENDPOINT", ""))
    s3_region: str = field(default_factory=lambda: os.environ.get("S3_REGION", "us-east-1"))
    s3_key_id: str = field(default_factory=lambda: os.environ.get("S3_KEY_ID", ""))
    s3_secret: str = field(default_factory=lambda: os.environ.get("S3_SECRET", ""))
    #: tests only: cheaper password hashing, errors raised through.
    testing: bool = False

    @property
    def production(self) -> bool:
        return self.app_env == "production"

    @property
    def public_url(self) -> str:
        """Where printed and mailed links lead, without a slash at the end; never what a request says."""
        return self.base_url.strip().rstrip("/") or f"http://127.0.0.1:{self.port}"

    @property
    def sqlalchemy_url(self) -> str:
        """The URL SQLAlchemy opens: psycopg 3 for PostgreSQL, a file in ``data_dir`` otherwise."""
        url = self.database_url
        if not url:
            return f"sqlite:///{self.data_dir / 'signoff.sqlite3'}"
        for prefix in ("postgres://", "postgresql://"):
            if url.startswith(prefix):
                return "postgresql+psycopg://" + url.removeprefix(prefix)
        return url

    def secret(self) -> str:
        """The cookie key; made and kept (mode 600) on the first start."""
        if self.secret_key:
            return self.secret_key
        path = self.data_dir / "secret_key"
        try:
            return path.read_text().strip()
        except FileNotFoundError:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(key := secrets.token_hex(32))
            return key

    def flask_config(self) -> dict[str, Any]:
        """What Flask and its extensions read."""
        hosts = [host.strip() for host in self.trusted_hosts.split(",") if host.strip()]
        return {
            "SECRET_KEY": self.secret(),
            "SQLALCHEMY_DATABASE_URI": self.sqlalchemy_url,
            "SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": False, "pool_size": 16, "max_overflow": 16},
            "SESSION_COOKIE_NAME": "yanxiu",
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "SESSION_COOKIE_SECURE": self.production,
            "PERMANENT_SESSION_LIFETIME": self.session_hours * 3600,
            "MAX_CONTENT_LENGTH": 8 * 1024 * 1024,
            "MAX_FORM_MEMORY_SIZE": 8 * 1024 * 1024,
            "MAX_FORM_PARTS": 20_000,
            "TRUSTED_HOSTS": hosts or None,
            "WTF_CSRF_TIME_LIMIT": None,
            "BABEL_DEFAULT_LOCALE": "zh",
            "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "translations"),
            "TESTING": self.testing,
            "SETTINGS": self,
        }
