"""How a server is known, and how it knows the caller."""

from __future__ import annotations

import os
from pathlib import Path

from tradeforge._channel import Target

TOKEN_VARIABLE = "TRADEFORGE_TOKEN"
CA_VARIABLE = "TRADEFORGE_TLS_CA"
CERTIFICATE_VARIABLE = "TRADEFORGE_CLIENT_CERT"
KEY_VARIABLE = "TRADEFORGE_CLIENT_KEY"

Metadata = tuple[tuple[str, str | bytes], ...]
"""What is sent with each call."""


def bearer(token: str | None, target: Target) -> Metadata | None:
    """Show the token, or that of the environment, with each call; never where others can listen."""
    found = (token if token is not None else os.environ.get(TOKEN_VARIABLE, "")).strip()
    if not found:
        return None
    if not found.isascii() or not found.isprintable() or " " in found:
        raise ValueError("a token looks like tf_8d0c4k2m_…; this one has other characters")
    if not (target.is_secure or target.is_near):
        raise ValueError(
            f"a token is not sent to {target.place} over http: everybody on the way reads it; "
            "write https://"
        )
    return (("authorization", f"Bearer {found}"),)


def roots(tls_ca: str | os.PathLike[str] | None) -> bytes | None:
    """Read the certificates that the server's must rest on; None means the usual ones."""
    path = tls_ca or os.environ.get(CA_VARIABLE)
    return Path(path).read_bytes() if path else None


def identity(
    client_cert: str | os.PathLike[str] | None,
    client_key: str | os.PathLike[str] | None,
    target: Target,
) -> tuple[bytes | None, bytes | None]:
    """Read the key and the certificate that the server knows the caller by, if there are any."""
    certificate = client_cert or os.environ.get(CERTIFICATE_VARIABLE)
    key = client_key or os.environ.get(KEY_VARIABLE)
    if not certificate:
        if key:
            raise ValueError("client_key is the key to no certificate: give client_cert as well")
        return None, None
    if not target.is_secure:
        raise ValueError(f"a certificate is shown to {target.place} by TLS only: write https://")
    return Path(key or certificate).read_bytes(), Path(certificate).read_bytes()
