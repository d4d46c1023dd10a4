"""From where somebody asks, as it is counted."""

import hashlib
import hmac
import ipaddress

from flask import current_app


def network(address: str | None) -> str:
    """The address itself; of IPv6 the network of 64 bits, as one home has a whole one."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return address or ""
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def keyed(kind: str, *parts: str) -> str:
    """What is counted but not kept: a digest that nobody can work out without this site's key."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    text = "\0".join((kind, *parts)).encode("utf-8", "surrogatepass")
    return hmac.new(key, text, hashlib.sha256).hexdigest()
