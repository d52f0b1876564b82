"""Which proxy stands before a host, as HTTPS_PROXY, HTTP_PROXY and NO_PROXY say (`urllib.request.getproxies()`)."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy. `authorization` is the header's value, or ""."""

    host: str
    port: int
    authorization: str = ""

    def __repr__(self) -> str:
        """Return the host: a password must not reach a log."""
        return f"Proxy({self.host}:{self.port})"


def proxy_for(scheme: str, host: str, proxies: Mapping[str, str]) -> Proxy | None:
    """Return the proxy before `host`, None for a direct way. Raises `ValueError` for a proxy that is not plain HTTP."""
    url = proxies.get(scheme) or proxies.get("all") or ""
    if not url or _bypassed(host, proxies):
        return None
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError(f"the proxy for {scheme} is not of the form http://host:port")
    credentials = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    basic = f"Basic {base64.b64encode(credentials.encode()).decode()}" if parts.username else ""
    return Proxy(parts.hostname, parts.port or 80, basic)


def _bypassed(host: str, proxies: Mapping[str, str]) -> bool:
    """Whether NO_PROXY names the host, a domain above it, or everything (`*`). Ports in NO_PROXY are not looked at."""
    names = [name.strip().lower().lstrip(".") for name in proxies.get("no", "").split(",")]
    return any(name and (name in ("*", host) or host.endswith(f".{name}")) for name in names)
