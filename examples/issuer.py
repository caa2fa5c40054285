"""An issuer of signed tokens to try a server with, by openssl and Python: no issuer for a team.

python3 issuer.py key                 makes issuer.pem, and jwks.json for --oidc-jwks
python3 issuer.py token NAME GROUP…   prints a token of that person for an hour
"""

import base64
import json
import subprocess
import sys
import time
from pathlib import Path

KEY, KEYS = Path("issuer.pem"), Path("jwks.json")
CLAIMS = {"iss": "https://id.example.com", "aud": "tradeforge"}


def openssl(*words: str, text: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *words], input=text, check=True, capture_output=True).stdout


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def make_key() -> None:
    openssl("genrsa", "-out", str(KEY), "2048")
    modulus = openssl("rsa", "-in", str(KEY), "-noout", "-modulus").decode().strip()
    n = encoded(bytes.fromhex(modulus.removeprefix("Modulus=")))
    key = {"kty": "RSA", "kid": "one", "use": "sig", "alg": "RS256", "n": n, "e": "AQAB"}
    KEYS.write_text(json.dumps({"keys": [key]}))


def token(name: str, groups: list[str]) -> str:
    now = int(time.time())
    claims = CLAIMS | {"sub": name, "groups": groups, "iat": now, "exp": now + 3600}
    header = {"typ": "JWT", "alg": "RS256", "kid": "one"}
    signed = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
    signature = openssl("dgst", "-sha256", "-sign", str(KEY), text=signed.encode())
    return f"{signed}.{encoded(signature)}"


match sys.argv[1:]:
    case ["key"]:
        make_key()
    case ["token", name, *groups]:
        print(token(name, groups))
    case _:
        sys.exit(__doc__)
