"""A provider of accounts on loopback, as the four kinds are documented; it refuses what they refuse."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "signoff", "the secret of the application"


class Provider:
    """Whoever is at the browser: ``staff_number``. ``spoil``: changes what is in the ID token."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.address = ""
        self.staff_number: str | None = "t-0107"
        self.spoil: dict[str, Any] = {}
        self.asked: dict[str, dict[str, str]] = {}
        self.broken = False

    # --- the browser's side ------------------------------------------------------------------

    def come_back(self, sent_to: str) -> str:
        """The person logs in at the address the browser was sent to: path and query of the way back."""
        parts = urlsplit(sent_to)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        code = secrets.token_urlsafe(8)
        self.asked[code] = asked | {"path": parts.path}
        name = "authCode" if parts.path == "/oauth2/auth" else "code"
        return f"{urlsplit(asked['redirect_uri']).path}?" + urlencode({name: code, "state": asked["state"]})

    # --- the server's side -------------------------------------------------------------------

    def answer(self, method: str, path: str, query: dict[str, str], sent: Any, headers: Any) -> Any:
        if self.broken:
            return 500, {"error": "server_error"}
        handler = getattr(
            self, "_" + path.strip("/.").replace("/", "_").replace("-", "_").replace(".", "_"), None
        )
        return handler(method, query, sent, headers) if handler else (404, {})

    def _code(self, code: str, verifier: str | None = None) -> dict[str, str] | None:
        """What a code was given for, once; with PKCE only for the verifier it was asked with."""
        asked = self.asked.pop(code, None)
        if asked and verifier is not None:
            digest = hashlib.sha256(verifier.encode()).digest()
            if base64.urlsafe_b64encode(digest).decode().rstrip("=") != asked.get("code_challenge"):
                return None
        return asked

    # OpenID Connect
    def _well_known_openid_configuration(self, *_: Any) -> Any:
        return 200, {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def _keys(self, *_: Any) -> Any:
        return 200, {"keys": [self.key.as_dict(private=False)]}

    def _token(self, _method: str, _query: Any, sent: Any, headers: Any) -> Any:
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".replace(" ", "%20").encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        known = headers.get("Authorization") in (f"Basic {basic}", f"Basic {plain}")
        asked = self._code(sent.get("code", ""), sent.get("code_verifier", ""))
        if asked is None or not known or sent["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.address, "aud": CLIENT, "sub": "42", "iat": now, "exp": now + 300,
            "nonce": asked.get("nonce"), "preferred_username": self.staff_number, "name": "曾敏",
            "auth_time": now if asked.get("prompt") == "login" else now - 3600,
        } | self.spoil  # fmt: skip
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": token}

    # 企业微信
    def _cgi_bin_gettoken(self, _method: str, query: Any, *_: Any) -> Any:
        if (query["corpid"], query["corpsecret"]) != (CLIENT, SECRET):
            return 200, {"errcode": 40001, "errmsg": "invalid credential"}
        return 200, {"errcode": 0, "errmsg": "ok", "access_token": "corporation", "expires_in": 7200}

    def _cgi_bin_auth_getuserinfo(self, _method: str, query: Any, *_: Any) -> Any:
        if query["access_token"] != "corporation" or self._code(query["code"]) is None:
            return 200, {"errcode": 40029, "errmsg": "invalid code"}
        if self.staff_number is None:
            return 200, {"errcode": 0, "errmsg": "ok", "openid": "of-nobody"}
        return 200, {"errcode": 0, "errmsg": "ok", "userid": self.staff_number}

    # 钉钉
    def _v1_0_oauth2_userAccessToken(self, _method: str, _query: Any, sent: Any, _headers: Any) -> Any:
        known = (sent["clientId"], sent["clientSecret"], sent["grantType"])
        if known != (CLIENT, SECRET, "authorization_code") or self._code(sent["code"]) is None:
            return 400, {"code": "invalidCode", "message": "…"}
        return 200, {"accessToken": "of the person", "expireIn": 7200}

    def _v1_0_contact_users_me(self, _method: str, _query: Any, _sent: Any, headers: Any) -> Any:
        if headers.get("x-acs-dingtalk-access-token") != "of the person":
            return 401, {"code": "Unauthorized"}
        return 200, {"nick": "曾敏", "unionId": "union-42"}

    def _v1_0_oauth2_accessToken(self, _method: str, _query: Any, sent: Any, _headers: Any) -> Any:
        assert (sent["appKey"], sent["appSecret"]) == (CLIENT, SECRET)
        return 200, {"accessToken": "corporation", "expireIn": 7200}

    def _topapi_user_getbyunionid(self, _method: str, query: Any, sent: Any, _headers: Any) -> Any:
        if query["access_token"] != "corporation" or sent != {"unionid": "union-42"} or not self.staff_number:
            return 200, {"errcode": 60121, "errmsg": "找不到该用户"}
        return 200, {"errcode": 0, "errmsg": "ok", "result": {"contact_type": 0, "userid": "user-42"}}

    def _topapi_v2_user_get(self, _method: str, query: Any, sent: Any, _headers: Any) -> Any:
        assert query["access_token"] == "corporation"
        assert sent == {"userid": "user-42"}
        return 200, {
            "errcode": 0,
            "errmsg": "ok",
            "result": {"job_number": self.staff_number, "name": "曾敏"},
        }

    # 飞书
    def _open_apis_authen_v2_oauth_token(self, _method: str, _query: Any, sent: Any, _headers: Any) -> Any:
        known = (sent["client_id"], sent["client_secret"], sent["grant_type"])
        asked = self._code(sent["code"], sent["code_verifier"])
        if known != (CLIENT, SECRET, "authorization_code") or asked is None:
            return 400, {"code": 20003, "error": "invalid_grant"}
        return 200, {"code": 0, "access_token": "of the person", "token_type": "Bearer", "expires_in": 7200}

    def _open_apis_authen_v1_user_info(self, _method: str, _query: Any, _sent: Any, headers: Any) -> Any:
        if headers.get("Authorization") != "Bearer of the person":
            return 200, {"code": 20005, "msg": "invalid access token"}
        more = {"employee_no": self.staff_number} if self.staff_number else {}
        return 200, {"code": 0, "msg": "success", "data": {"name": "曾敏", "open_id": "ou-42"} | more}


@contextmanager
def served(provider: Provider) -> Iterator[Provider]:
    """The provider at an address of its own."""

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            is_json = "json" in (self.headers.get("Content-Type") or "")
            sent = json.loads(body) if is_json else {k: v[0] for k, v in parse_qs(body).items()}
            status, found = provider.answer(self.command, parts.path, query, sent, self.headers)
            data = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _do

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    provider.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
