"""Every setting: the environment variable of the same name, its default, its meaning.

Read once, at start. Whatever cannot be meant so is told then, all of it at once.
"""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from workflow_app import data_dir
from workflow_app.setting_types import (
    AbsolutePath,
    Bucket,
    DatabaseUrl,
    Folder,
    Folders,
    HostNames,
    IpAddress,
    KeyName,
    MailAddresses,
    MailServer,
    PublicKey,
    Roles,
    SecretKey,
    Socket,
    WebAddress,
    listed,
)

ROOT = Path(__file__).resolve().parent.parent
#: Bytes of a request whose address says nothing else: a document with all its sections.
USUAL_BODY = 8 * 1024 * 1024


class Environment(EnvSettingsSource):
    """Variables as people type them: spaces around a value do not count, an empty one is not set."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        if field_name == "testing":
            return None, field_name, False
        value, key, _complex = super().get_field_value(field, field_name)
        return (value.strip() or None if isinstance(value, str) else value), key, False


class Settings(BaseSettings):
    """One installation. ``load`` reads the environment; what is given by name counts before it.

    Fields with ``repr=False`` are secret: their values are never shown.

    Raises:
        pydantic.ValidationError: see ``mistakes``.
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True
    )

    #: DATA_DIR: where the database file, the keys, attachments and everything else of ours lies.
    data_dir: Path = ROOT / "var"
    #: DATABASE_URL: empty for SQLite in DATA_DIR; postgresql://… for PostgreSQL.
    database_url: DatabaseUrl = Field(default="", repr=False)
    #: SECRET_KEY: signs cookies; made once and kept in DATA_DIR when not given.
    secret_key: SecretKey = Field(default="", repr=False)
    #: APP_ENV: ``production`` refuses the demo and wants HTTPS cookies, TRUSTED_HOSTS and BASE_URL.
    app_env: Literal["development", "test", "production"] = "development"
    #: PORT and BIND: where ``workflow-app serve`` listens; port 0: any that is free.
    port: int = Field(default=8000, ge=0, le=65535)
    bind: str = "127.0.0.1"
    #: WORKERS: how many processes serve; one is enough for a county.
    workers: int = Field(default=1, ge=1, le=64)
    #: DEMO_PASSWORD: the one password of the demo people; made at random when empty.
    demo_password: str = Field(default="", repr=False)
    #: REAUTH_GRACE_MINUTES: how long a signer's password, once entered, still counts; 0 asks every time.
    reauth_grace_minutes: int = Field(default=5, ge=0, le=1440)
    #: SHARE_APPROVED: whether approved plans may be read by the whole county （推广）.
    share_approved: bool = False
    #: WORKFLOWS_DIR: a folder with further definition files of the county's own.
    workflows_dir: Folder = ""
    #: TRUSTED_HOSTS: comma-separated names this site answers to; empty accepts any.
    trusted_hosts: HostNames = ""
    #: SESSION_HOURS: how long a login lasts that is not used.
    session_hours: int = Field(default=12, ge=1, le=8760)
    #: SESSION_LONGEST_HOURS: how long a login lasts at most, however much it is used.
    session_longest_hours: int = Field(default=168, ge=1, le=8760)
    #: LOCKOUT_AFTER: wrong passwords in a row before one has to wait; the brakes per address, per name and
    #: over all are multiples of it.
    lockout_after: int = Field(default=5, ge=1, le=1000)
    #: PASSWORD_PROFILE: ``asvs``: at least 8 characters of any kind, no end; ``dengbao``: three of four kinds
    #: of characters, a new one every 90 days, none of the last five （等保 2.0 二级）.
    password_profile: Literal["asvs", "dengbao"] = "asvs"  # noqa: S105
    #: CLOCK_BEHIND: what to do at start when the clock is far behind the last record: ``refuse`` to serve,
    #: or ``accept`` it: records then keep the time of the last one, with what the clock showed.
    clock_behind: Literal["refuse", "accept"] = "refuse"
    #: SECOND_FACTOR_ROLES: comma-separated roles whose holders need a second factor; empty: nobody must.
    second_factor_roles: Roles = ""
    #: SSO_ADDRESS: the issuer for OpenID Connect; for the others only when they are not at their own.
    #: SSO_CLIENT_ID, SSO_CLIENT_SECRET, SSO_AGENT_ID (企业微信 alone): what the provider has given us.
    #: SSO_STAFF_CLAIM: the claim that holds the staff number (OpenID Connect). SSO_TITLE: on the button.
    #: SSO: whose accounts one may log in with; empty for none.
    sso_address: WebAddress = ""
    sso_client_id: str = ""
    sso_client_secret: str = Field(default="", repr=False)
    sso_agent_id: str = ""
    sso_staff_claim: str = "preferred_username"
    sso_title: str = "单位账号"
    sso: Literal["", "oidc", "wecom", "dingtalk", "feishu"] = ""
    #: BASE_URL: this site's address as people outside reach it; printed and mailed links begin with it.
    base_url: WebAddress = ""
    #: FONT_DIRS: folders with fonts of the county's own （仿宋、楷体、小标宋）, separated as PATH is.
    font_dirs: Folders = ""
    #: TRUSTED_PROXY: the address of the reverse proxy whose X-Forwarded-For tells who asks; empty for none.
    trusted_proxy: IpAddress = ""
    #: ATTACHMENT_MB, ATTACHMENTS_MOST, ATTACHMENTS_MB: how large one attachment may be, how many a
    #: document may have, and how large they may be together.
    attachment_mb: int = Field(default=20, ge=1, le=2000)
    attachments_most: int = Field(default=20, ge=1, le=1000)
    attachments_mb: int = Field(default=100, ge=1, le=20_000)
    #: CLAMD_ADDRESS: the virus scanner (ClamAV), host:port or the path of its socket; empty for none.
    clamd_address: Socket = ""
    #: S3_BUCKET, S3_ENDPOINT, S3_REGION, S3_KEY_ID, S3_SECRET: a bucket for the attachments; no bucket:
    #: they are kept in DATA_DIR. No endpoint: Amazon's own. No key: whatever the machine provides.
    s3_bucket: Bucket = ""
    s3_endpoint: WebAddress = ""
    s3_region: str = "us-east-1"
    s3_key_id: str = Field(default="", repr=False)
    s3_secret: str = Field(default="", repr=False, validate_default=True)
    #: SEAL_DIR: a folder outside of this machine's disk where the checkpoints of the trail are written too.
    seal_dir: AbsolutePath = ""
    #: SEAL_KEY_FILE: the key that signs checkpoints, for the worker alone; empty: DATA_DIR/seal/key.pem.
    seal_key_file: AbsolutePath = ""
    #: SEAL_ORIGIN: the name that stands in the checkpoints; empty: the host of BASE_URL and /trail.
    seal_origin: KeyName = ""
    #: SEAL_MAIL_TO: comma-separated addresses that get the newest checkpoint by mail, once a day.
    seal_mail_to: MailAddresses = ""
    #: SMTP_URL and MAIL_FROM: the mail server, smtp://user:password@host:587 (STARTTLS) or smtps://host,
    #: and who the mail is from. Without an account smtp:// is not encrypted where the server offers none.
    smtp_url: MailServer = Field(default="", repr=False)
    mail_from: MailAddresses = ""
    #: BACKUP_DIR, BACKUP_KEEP, BACKUP_RECIPIENT: the worker makes a backup there every night, keeps the
    #: newest so many, and encrypts them for this public key (age1…); no folder: no nightly backup.
    backup_dir: Folder = ""
    backup_keep: int = Field(default=14, ge=1, le=10_000)
    backup_recipient: PublicKey = ""
    #: PG_BIN: the folder with pg_dump and pg_restore; empty: found on PATH.
    pg_bin: Folder = ""
    #: Tests only, never from the environment: cheaper password hashing, errors raised through.
    testing: bool = False

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, Environment(settings_cls)

    # --- what else must be true of a value; each says what is expected ---------------------------

    @field_validator("data_dir")
    @classmethod
    def _is_absolute(cls, value: Path) -> Path:
        if not value.is_absolute():
            raise ValueError("应是绝对路径，如 /srv/signoff，否则换个目录启动就找不到数据")
        return value

    @field_validator("sso")
    @classmethod
    def _is_complete(cls, value: str, info: Any) -> str:
        needed = ["sso_client_id", "sso_client_secret"] if value else []
        needed += {"oidc": ["sso_address"], "wecom": ["sso_agent_id"]}.get(value, [])
        if lacking := [name.upper() for name in needed if not info.data.get(name)]:
            raise ValueError(f"还要设 {'、'.join(lacking)}")
        return value

    @field_validator("s3_secret")
    @classmethod
    def _go_together(cls, value: str, info: Any) -> str:
        if bool(value) != bool(info.data.get("s3_key_id", value)):
            raise ValueError("应与 S3_KEY_ID 一起设，或都不设")
        return value

    # --- what follows from them -------------------------------------------------------------------

    @property
    def production(self) -> bool:
        return self.app_env == "production"

    @property
    def cookie_prefix(self) -> str:
        """Browsers take ``__Host-`` cookies over HTTPS alone: plain names where there is none."""
        return "__Host-" if self.production else ""

    @property
    def factor_roles(self) -> frozenset[str]:
        """The roles whose holders need a second factor."""
        return frozenset(listed(self.second_factor_roles))

    @property
    def public_url(self) -> str:
        """Where printed and mailed links lead, without a slash at the end; never what a request says."""
        return self.base_url.rstrip("/") or f"http://127.0.0.1:{self.port}"

    @property
    def sqlalchemy_url(self) -> str:
        """The URL SQLAlchemy opens: psycopg 3 for PostgreSQL, a file in ``data_dir`` otherwise."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir / data_dir.DATABASE}"
        return "postgresql+psycopg://" + self.database_url.partition("://")[2]

    def changed(self, **changes: Any) -> Self:
        """The same with some settings changed, checked like any others."""
        return type(self)(**{**self.model_dump(), **changes})

    def lacking_for_production(self) -> list[str]:
        """What production may not do without, as sentences."""
        wanted = {
            "TRUSTED_HOSTS": (self.trusted_hosts, "本站的域名，如 yanxiu.example.cn"),
            "BASE_URL": (self.base_url, "外面的人访问本站的地址，如 https://yanxiu.example.cn"),
        }
        return [
            f"正式环境（APP_ENV=production）必须设 {name}：{meaning}。"
            for name, (value, meaning) in wanted.items()
            if self.production and not value
        ]

    def prepare(self) -> None:
        """Make DATA_DIR ready. Raises SystemExit with a sentence: it cannot be used."""
        data_dir.prepare(self.data_dir, with_database=not self.database_url)

    def flask_config(self) -> dict[str, Any]:
        """What Flask and its extensions read. Raises SystemExit: the kept key is none."""
        hosts = [host.strip() for host in self.trusted_hosts.split(",") if host.strip()]
        return {
            "SECRET_KEY": self.secret_key or data_dir.secret_key(self.data_dir),
            "SQLALCHEMY_DATABASE_URI": self.sqlalchemy_url,
            "SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": False, "pool_size": 16, "max_overflow": 16},
            "SESSION_COOKIE_NAME": self.cookie_prefix + "yanxiu",
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "SESSION_COOKIE_SECURE": self.production,
            "PERMANENT_SESSION_LIFETIME": self.session_hours * 3600,
            "MAX_CONTENT_LENGTH": USUAL_BODY,
            "MAX_FORM_MEMORY_SIZE": USUAL_BODY,
            "MAX_FORM_PARTS": 20_000,
            "TRUSTED_HOSTS": hosts or None,
            "WTF_CSRF_TIME_LIMIT": None,
            "BABEL_DEFAULT_LOCALE": "zh",
            "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "translations"),
            "TESTING": self.testing,
            "SETTINGS": self,
        }


# --- reading, and saying what is wrong -----------------------------------------------------------


def load() -> Settings:
    """The settings of this environment. Raises SystemExit: the list of everything that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        found = mistakes(error)
    raise SystemExit("\n".join([f"有 {len(found)} 项设置不对，没有启动：", *(f"  {one}" for one in found)]))


def mistakes(error: ValidationError) -> list[str]:
    """Each mistake as a sentence: the variable, its value unless that is secret, what is expected."""
    told = []
    for one in error.errors(include_url=False):
        name = str(one["loc"][0])
        field = Settings.model_fields[name]
        value = f"现在是「{one['input']}」，" if field.repr else ""
        told.append(f"{name.upper()}：{value}{_expected(field, one.get('ctx', {}))}。")
    return told


def _expected(field: FieldInfo, context: dict[str, Any]) -> str:
    if "error" in context:
        return str(context["error"])
    if field.annotation is bool:
        return "应是 1（是）或 0（否）"
    if field.annotation is int:
        bounds: dict[str, int] = {}
        for limit in field.metadata:
            bounds |= {key: getattr(limit, key) for key in ("ge", "le") if hasattr(limit, key)}
        return "应是 {ge} 到 {le} 之间的整数".format(**bounds)
    allowed = getattr(field.annotation, "__args__", ())
    return f"应是 {'、'.join(allowed)} 之一" if allowed else "读不懂"
