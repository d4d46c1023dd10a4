"""What each provider of accounts wants to be asked, and where its answers have the staff number （工号）.

Sources: OpenID Connect Core 1.0; 企业微信 「企业微信 Web 登录」; 钉钉 「登录第三方网站」;
飞书 「网页应用登录」.
Each is reached at its own address, or all of it at SSO_ADDRESS (an installation of one's own, a test).
"""

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode

from flask import Flask, current_app

from workflow_app.settings import Settings

SECONDS = 10


class ProviderFailed(Exception):
    """The provider refused, answered something else than is documented, or cannot be reached."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to the provider and back: ``state`` and ``verifier`` (PKCE) are secrets of this browser.

    ``again``: the person must be asked for the password there, whatever session they have.
    """

    state: str
    verifier: str
    nonce: str
    back: str
    began: int
    again: bool = False


class Provider(Protocol):
    """One kind of accounts."""

    def address(self, attempt: Attempt) -> str:
        """Where the browser is sent. Raises ProviderFailed."""
        ...

    def staff_number(self, attempt: Attempt, answer: dict[str, str]) -> str:
        """The staff number of whoever came back with ``answer`` (the query). Raises ProviderFailed."""
        ...


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def _at(host: str, path: str) -> str:
    return (_settings().sso_address.rstrip("/") or host) + path


def _call(method: str, address: str, **more: Any) -> dict[str, Any]:
    """The JSON object the provider answers with. Raises ProviderFailed."""
    import requests  # only here: most installations have no such accounts

    try:
        answer = requests.request(method, address, timeout=SECONDS, allow_redirects=False, **more)
        found = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise ProviderFailed(f"{type(error).__name__} at {address.partition('?')[0]}") from error
    wrong = found.get("errcode") or found.get("code") if isinstance(found, dict) else "no object"
    if answer.status_code != 200 or wrong:
        raise ProviderFailed(f"{address.partition('?')[0]}: {answer.status_code} {wrong}")
    return dict(found)


def _text(found: Any, *path: str) -> str:
    """The text at that path of an answer. Raises ProviderFailed."""
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    if not isinstance(found, str) or not found:
        raise ProviderFailed(f"no {'.'.join(path)}")
    return found


def challenge(verifier: str) -> str:
    """PKCE (RFC 7636), method S256."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


class WeCom:
    """企业微信: a token of the corporation, then the member of the code, whose account is the number."""

    def address(self, attempt: Attempt) -> str:
        asked = {
            "login_type": "CorpApp",
            "appid": _settings().sso_client_id,
            "agentid": _settings().sso_agent_id,
            "redirect_uri": attempt.back,
            "state": attempt.state,
        }
        return _at("https://login.work.weixin.qq.com", "/wwlogin/sso/login?") + urlencode(asked)

    def staff_number(self, attempt: Attempt, answer: dict[str, str]) -> str:
        host = "https://qyapi.weixin.qq.com"
        who = {"corpid": _settings().sso_client_id, "corpsecret": _settings().sso_client_secret}
        token = _text(_call("GET", _at(host, "/cgi-bin/gettoken"), params=who), "access_token")
        asked = {"access_token": token, "code": answer.get("code", "")}
        # Who is no member of the corporation has an openid instead.
        return _text(_call("GET", _at(host, "/cgi-bin/auth/getuserinfo"), params=asked), "userid")


class DingTalk:
    """钉钉: the code comes as ``authCode``; its person is known by unionId, whose job number the
    corporation's own token may read.
    """

    def address(self, attempt: Attempt) -> str:
        asked = {
            "client_id": _settings().sso_client_id,
            "response_type": "code",
            "scope": "openid",
            "prompt": "consent",
            "redirect_uri": attempt.back,
            "state": attempt.state,
        }
        return _at("https://login.dingtalk.com", "/oauth2/auth?") + urlencode(asked)

    def staff_number(self, attempt: Attempt, answer: dict[str, str]) -> str:
        """Of the person's own token their unionId, of the application's token their ``job_number``."""
        key, secret = _settings().sso_client_id, _settings().sso_client_secret
        new, old = "https://api.dingtalk.com", "https://oapi.dingtalk.com"
        sent = {
            "clientId": key,
            "clientSecret": secret,
            "code": answer.get("authCode", ""),
            "grantType": "authorization_code",
        }
        mine = _text(_call("POST", _at(new, "/v1.0/oauth2/userAccessToken"), json=sent), "accessToken")
        headers = {"x-acs-dingtalk-access-token": mine}
        me = _text(_call("GET", _at(new, "/v1.0/contact/users/me"), headers=headers), "unionId")
        sent = {"appKey": key, "appSecret": secret}
        ours = _text(_call("POST", _at(new, "/v1.0/oauth2/accessToken"), json=sent), "accessToken")
        token = {"access_token": ours}
        found = _call("POST", _at(old, "/topapi/user/getbyunionid"), params=token, json={"unionid": me})
        user = {"userid": _text(found, "result", "userid")}
        found = _call("POST", _at(old, "/topapi/v2/user/get"), params=token, json=user)
        return _text(found, "result", "job_number")


class Feishu:
    """飞书: OAuth 2.0 with PKCE, JSON instead of forms; the number is ``employee_no`` of the person."""

    def address(self, attempt: Attempt) -> str:
        asked = {
            "client_id": _settings().sso_client_id,
            "response_type": "code",
            "redirect_uri": attempt.back,
            "state": attempt.state,
            "code_challenge": challenge(attempt.verifier),
            "code_challenge_method": "S256",
        }
        return _at("https://accounts.feishu.cn", "/open-apis/authen/v1/authorize?") + urlencode(asked)

    def staff_number(self, attempt: Attempt, answer: dict[str, str]) -> str:
        host = "https://open.feishu.cn"
        sent = {
            "grant_type": "authorization_code",
            "client_id": _settings().sso_client_id,
            "client_secret": _settings().sso_client_secret,
            "code": answer.get("code", ""),
            "redirect_uri": attempt.back,
            "code_verifier": attempt.verifier,
        }
        found = _call("POST", _at(host, "/open-apis/authen/v2/oauth/token"), json=sent)
        headers = {"Authorization": f"Bearer {_text(found, 'access_token')}"}
        found = _call("GET", _at(host, "/open-apis/authen/v1/user_info"), headers=headers)
        return _text(found, "data", "employee_no")


@dataclass(slots=True)
class OpenIdConnect:
    """OpenID Connect by Authlib: discovery, PKCE, the ID token's signature, issuer, nonce, times."""

    client: Any = field(repr=False)

    def address(self, attempt: Attempt) -> str:
        more = {"prompt": "login", "max_age": 0} if attempt.again else {}
        try:
            made = self.client.create_authorization_url(
                attempt.back,
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.verifier,
                **more,
            )
        except Exception as error:  # Authlib and what is below it raise errors of many kinds
            raise ProviderFailed(f"{type(error).__name__}: {error}") from error
        return str(made["url"])

    def staff_number(self, attempt: Attempt, answer: dict[str, str]) -> str:
        try:
            token = self.client.fetch_access_token(
                redirect_uri=attempt.back,
                code=answer.get("code", ""),
                code_verifier=attempt.verifier,
            )
            claims = self.client.parse_id_token(token, nonce=attempt.nonce)
        except Exception as error:  # as above
            raise ProviderFailed(f"{type(error).__name__}: {error}") from error
        if not claims:
            raise ProviderFailed("no ID token")
        if attempt.again and int(claims.get("auth_time") or 0) < attempt.began - SECONDS:
            raise ProviderFailed("the person was not asked again")
        return _text(dict(claims), _settings().sso_staff_claim)


def init_app(app: Flask) -> None:
    """Make the provider of the settings known as ``app.extensions["sso"]``; None for none."""
    settings: Settings = app.config["SETTINGS"]
    app.extensions["sso"] = _made(app, settings)


def _made(app: Flask, settings: Settings) -> Provider | None:
    kinds: dict[str, Any] = {"wecom": WeCom, "dingtalk": DingTalk, "feishu": Feishu}
    if settings.sso in kinds:
        made: Provider = kinds[settings.sso]()
        return made
    if settings.sso != "oidc":
        return None
    from authlib.integrations.flask_client import OAuth  # as requests above

    client = OAuth(app).register(
        "sso",
        client_id=settings.sso_client_id,
        client_secret=settings.sso_client_secret,
        server_metadata_url=settings.sso_address.rstrip("/") + "/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid profile",
            "code_challenge_method": "S256",
            "default_timeout": SECONDS,
        },
    )
    return OpenIdConnect(client)
