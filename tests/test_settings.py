"""Settings: each is told of in the README, and whatever is wrong with them is said at once, in words."""

import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from workflow_app import data_dir
from workflow_app.settings import ROOT, Settings, load

NAMES = {name.upper() for name in Settings.model_fields} - {"TESTING"}
#: What the README says of a default that is no plain value, and what the setting then is.
IN_WORDS = {
    "空": "",
    "自动生成": "",
    "随机": "",
    "本目录的 `var`": ROOT / "var",
    "`http://127.0.0.1:PORT`": "",
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def refused(monkeypatch: pytest.MonkeyPatch, **variables: str) -> list[str]:
    """The lines somebody is told who starts with these variables."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as refusal:
        load()
    return str(refusal.value.code).splitlines()


# --- the README --------------------------------------------------------------------------------


def table() -> dict[str, str]:
    """Variable -> default, as the README's table has them."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| `([A-Z0-9_]+)` \| (.+?) \|", readme, re.MULTILINE))


def test_the_readme_names_every_setting_and_no_other() -> None:
    assert set(table()) == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_the_readme_tells_the_default(name: str) -> None:
    told, default = table()[name], getattr(Settings(), name.lower())
    wanted: Any = IN_WORDS[told] if told in IN_WORDS else type(default)(_plain(told, default))
    assert default == wanted


def _plain(told: str, default: object) -> Any:
    value = told.strip("`")
    return int(value) if isinstance(default, int) else value


def test_without_an_address_links_lead_to_the_port() -> None:
    assert Settings(port=8123).public_url == "http://127.0.0.1:8123"
    assert Settings(base_url="https://yanxiu.example.cn/").public_url == "https://yanxiu.example.cn"


# --- reading -----------------------------------------------------------------------------------


def test_variables_are_read_without_the_spaces_around_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", " 8080 ")
    monkeypatch.setenv("SHARE_APPROVED", " yes")
    monkeypatch.setenv("SESSION_HOURS", "  ")
    monkeypatch.setenv("DATABASE_URL", "postgres://signoff@localhost/signoff")
    settings = load()
    assert (settings.port, settings.share_approved, settings.session_hours) == (8080, True, 12)
    assert settings.sqlalchemy_url == "postgresql+psycopg://signoff@localhost/signoff"


def test_no_environment_makes_a_server_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESTING", "1")
    assert load().testing is False


def test_settings_do_not_change_after_the_start() -> None:
    settings = Settings()
    with pytest.raises(ValidationError):
        settings.app_env = "production"  # type: ignore[misc]
    assert settings.changed(app_env="production").production
    with pytest.raises(ValidationError):
        settings.changed(app_env="produktion")


# --- what is wrong -----------------------------------------------------------------------------

WRONG = {
    ("PORT", "八千"): "PORT：现在是「八千」，应是 0 到 65535 之间的整数。",
    ("PORT", "70000"): "PORT：现在是「70000」，应是 0 到 65535 之间的整数。",
    ("PORT", "-1"): "PORT：现在是「-1」，应是 0 到 65535 之间的整数。",
    ("SESSION_HOURS", "0"): "SESSION_HOURS：现在是「0」，应是 1 到 8760 之间的整数。",
    ("LOCKOUT_AFTER", "2.5"): "LOCKOUT_AFTER：现在是「2.5」，应是 1 到 1000 之间的整数。",
    ("SHARE_APPROVED", "也许"): "SHARE_APPROVED：现在是「也许」，应是 1（是）或 0（否）。",
    ("APP_ENV", "prod"): "APP_ENV：现在是「prod」，应是 development、test、production 之一。",
    ("DATA_DIR", "var"): "DATA_DIR：现在是「var」，应是绝对路径",
    ("WORKFLOWS_DIR", "/nowhere/at/all"): "WORKFLOWS_DIR：现在是「/nowhere/at/all」，应是一个已有的文件夹",
    ("FONT_DIRS", "/nowhere"): "FONT_DIRS：现在是「/nowhere」，应是已有的文件夹，没有找到 /nowhere。",
    ("TRUSTED_HOSTS", "https://a.cn"): "TRUSTED_HOSTS：现在是「https://a.cn」，应是域名",
    ("BASE_URL", "yanxiu.example.cn"): "BASE_URL：现在是「yanxiu.example.cn」，应是以 https:// 或",
    ("BASE_URL", "https://a:b"): "BASE_URL：现在是「https://a:b」，应是以 https:// 或",
    ("TRUSTED_PROXY", "*"): "TRUSTED_PROXY：现在是「*」，应是一个 IP 地址",
    ("CLAMD_ADDRESS", "localhost"): "CLAMD_ADDRESS：现在是「localhost」，应是 主机:端口",
    ("SEAL_DIR", "out"): "SEAL_DIR：现在是「out」，应是绝对路径。",
    ("SEAL_KEY_FILE", "key.pem"): "SEAL_KEY_FILE：现在是「key.pem」，应是绝对路径。",
    ("SEAL_ORIGIN", "a b"): "SEAL_ORIGIN：现在是「a b」，应是一个名称，如 yanxiu.example.cn/trail",
    ("SEAL_MAIL_TO", "a@b.cn,c"): "SEAL_MAIL_TO：现在是「a@b.cn,c」，应是邮件地址",
    ("MAIL_FROM", "nobody"): "MAIL_FROM：现在是「nobody」，应是邮件地址",
    ("SMTP_URL", "http://geheim@mail"): "SMTP_URL：应是 smtp://账号:密码@主机:端口",
    ("S3_ENDPOINT", "minio:9000"): "S3_ENDPOINT：现在是「minio:9000」，应是以 https:// 或",
    ("DATABASE_URL", "mysql://u:geheim@h/d"): "DATABASE_URL：应是 postgresql://账号:密码@主机/库名",
    ("SECRET_KEY", "geheim"): "SECRET_KEY：太短，至少 16 个字符",
    ("SECOND_FACTOR_ROLES", "lead,king"): "SECOND_FACTOR_ROLES：现在是「lead,king」，没有角色 king；应是",
    ("SSO", "oidc"): "SSO：现在是「oidc」，还要设 SSO_CLIENT_ID、SSO_CLIENT_SECRET、SSO_ADDRESS。",
    ("SSO", "wecom"): "SSO：现在是「wecom」，还要设 SSO_CLIENT_ID、SSO_CLIENT_SECRET、SSO_AGENT_ID。",
    ("SSO", "wechat"): "SSO：现在是「wechat」，应是",
    ("SSO_ADDRESS", "sso.example.cn"): "SSO_ADDRESS：现在是「sso.example.cn」，应是以 https://",
    ("S3_SECRET", "geheim"): "S3_SECRET：应与 S3_KEY_ID 一起设",
    ("S3_KEY_ID", "geheim"): "S3_SECRET：应与 S3_KEY_ID 一起设",
}


@pytest.mark.parametrize(
    "given", WRONG, ids=lambda given: f"{given[0]}={given[1]}".encode("ascii", "replace")
)
def test_a_wrong_value_is_named_with_what_is_expected(
    monkeypatch: pytest.MonkeyPatch, given: tuple[str, str]
) -> None:
    name, value = given
    first, told = refused(monkeypatch, **{name: value})
    assert first == "有 1 项设置不对，没有启动："
    assert told.strip().startswith(WRONG[given])
    assert told.endswith("。")


def test_everything_wrong_is_told_at_once_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = refused(
        monkeypatch, PORT="x", APP_ENV="y", DATABASE_URL="oracle://geheim", SECRET_KEY="geheim",
        S3_SECRET="geheim",
    )  # fmt: skip
    assert lines[0] == "有 5 项设置不对，没有启动："
    assert [line.strip().partition("：")[0] for line in lines[1:]] == [
        "DATABASE_URL", "SECRET_KEY", "APP_ENV", "PORT", "S3_SECRET",
    ]  # fmt: skip
    assert "geheim" not in "\n".join(lines)


def test_secrets_are_not_shown_with_the_settings() -> None:
    settings = Settings(
        secret_key="geheim" * 5, database_url="postgresql://u:geheim@h/d", demo_password="geheim",
        s3_key_id="geheim", s3_secret="geheim",
    )  # fmt: skip
    assert "geheim" not in repr(settings) + str(settings)


# --- DATA_DIR ----------------------------------------------------------------------------------


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_and_its_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "deep" / "signoff")
    settings.prepare()
    settings.flask_config()
    assert mode(settings.data_dir) == 0o700
    assert mode(settings.data_dir / "signoff.sqlite3") == 0o600
    assert mode(settings.data_dir / "secret_key") == 0o600
    assert {path.name for path in settings.data_dir.iterdir()} == {"signoff.sqlite3", "secret_key"}


def test_what_was_open_to_others_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "signoff"
    folder.mkdir(mode=0o755)
    for name in ("secret_key", "signoff.sqlite3", "demo_password"):
        (folder / name).write_text("x" * 64)
        (folder / name).chmod(0o644)
    Settings(data_dir=folder).prepare()
    assert mode(folder) == 0o700
    assert {mode(path) for path in folder.iterdir()} == {0o600}


def test_what_is_not_ours_to_close_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tmp_path.chmod(0o750)

    def no(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "chmod", no)
    Settings(data_dir=tmp_path).prepare()
    assert "对其他账号开放（权限 750）" in caplog.text


def test_a_folder_everybody_shares_is_refused(tmp_path: Path) -> None:
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    with pytest.raises(SystemExit, match="公用的文件夹"):
        Settings(data_dir=shared).prepare()
    assert mode(shared) == 0o1777


def test_a_file_in_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "signoff").write_text("x")
    for place in ("signoff", "signoff/deeper"):
        with pytest.raises(SystemExit, match=r"DATA_DIR：文件夹 .*它是一个文件，不是文件夹"):
            Settings(data_dir=tmp_path / place).prepare()


@pytest.mark.parametrize("error", [PermissionError(13, "no", "/srv/x"), OSError(30, "Read-only file system")])
def test_a_folder_that_cannot_be_written_to_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    def no(**_: object) -> None:
        raise error

    monkeypatch.setattr(data_dir.tempfile, "TemporaryFile", no)
    with pytest.raises(SystemExit, match=r"DATA_DIR：文件夹 .*不能用"):
        Settings(data_dir=tmp_path).prepare()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(SystemExit, match="没有写入"):
        Settings(data_dir=tmp_path).prepare()


# --- the key -----------------------------------------------------------------------------------


def test_the_key_is_made_once_and_kept(tmp_path: Path) -> None:
    key = data_dir.secret_key(tmp_path)
    assert len(key) == 64
    assert data_dir.secret_key(tmp_path) == key
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_the_key_of_a_faster_process_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def faster(_length: int) -> str:
        (tmp_path / "secret_key").write_text("f" * 64)
        return "s" * 64

    monkeypatch.setattr(data_dir.secrets, "token_hex", faster)
    assert data_dir.secret_key(tmp_path) == "f" * 64
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


@pytest.mark.parametrize("kept", ["", "\n", "short", " " * 64])
def test_an_empty_or_short_key_is_refused_and_left(tmp_path: Path, kept: str) -> None:
    (tmp_path / "secret_key").write_text(kept)
    with pytest.raises(SystemExit, match="是空的或太短"):
        data_dir.secret_key(tmp_path)
    assert (tmp_path / "secret_key").read_text() == kept


def test_a_key_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_bytes(b"\xff" * 64)
    with pytest.raises(SystemExit, match="读不出来"):
        data_dir.secret_key(tmp_path)
