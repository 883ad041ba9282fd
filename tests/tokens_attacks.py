"""The attacks: tokens that must be refused, and with what code. Sources: RFC 8725; facts about Supabase's own keys."""

from __future__ import annotations

import json
from typing import Any

from joserfc import jwe, jws
from joserfc.jwk import ECKey, OctKey, RSAKey

from tests.support.supabase_keys import sign, weak_rsa
from tests.tokens_forge import ISSUER, NOW, SECRET, Forge, Row, b64, claims

EXPIRED = "AUTH_EXPIRED"
NOW_S = int(NOW)
OTHER_RSA, WEAK_RSA = RSAKey.generate_key(2048), weak_rsa()
OTHER_EC, P384 = ECKey.generate_key("P-256"), ECKey.generate_key("P-384")
SECP256K1 = ECKey.generate_key("secp256k1")


def _cut(token: str, part: int, made: Any) -> str:
    """With another part."""
    parts = token.split(".")
    parts[part] = made(parts[part])
    return ".".join(parts)


def _none(alg: str) -> Row:
    return Row(f"alg {alg!r}", lambda f: f.unsigned({"alg": alg, "typ": "JWT"}) + "AA")


def _kid(name: str, kid: Any) -> Row:
    return Row(f"kid {name}", lambda f: f.headed(kid=kid))


def _claim(name: str, *, code: str = "AUTH_INVALID", **changes: Any) -> Row:
    return Row(name, lambda f: f.good(**changes), code)


def _without(claim: str) -> Row:
    return Row(f"no {claim}", lambda f: f.good(without=(claim,)))


def _text(name: str, **texts: str) -> Row:
    """Claims as texts of JSON that no serialiser writes."""
    kept = json.dumps(claims(without=tuple(texts)))[:-1]
    return Row(name, lambda f: f.text(kept + "".join(f', "{claim}": {text}' for claim, text in texts.items()) + "}"))


def _legacy(role: str, **more: Any) -> str:
    """One of a project's own keys, as the dashboard of an old project shows them."""
    made = {"iss": "supabase", "ref": "abcdefghijklmnop", "role": role, "iat": NOW_S - 9, "exp": NOW_S + 315_360_000}
    return sign(
        json.dumps({**made, **more}).encode(), OctKey.import_key(SECRET.encode()), {"alg": "HS256", "typ": "JWT"}
    )


def _json_form(f: Forge, flattened: bool) -> str:
    member: Any = {"protected": {"alg": "ES256", "kid": f.es.key_id}}
    made = jws.serialize_json(member if flattened else [member], json.dumps(claims()).encode(), f.es.key)
    return json.dumps(made)


def _jwe(f: Forge) -> str:
    header = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": f.rs.key_id}
    return jwe.encrypt_compact(header, json.dumps(claims()).encode(), f.rs.key, algorithms=["RSA-OAEP-256", "A256GCM"])


ALGORITHMS = (
    *(_none(alg) for alg in ("none", "None", "NONE", "nOnE", "none ", "")),
    Row("alg none, no signature at all", lambda f: f.unsigned({"alg": "none"})),
    Row("no alg", lambda f: f.unsigned({"typ": "JWT"}, b"\0" * 64)),
    Row("alg is a list", lambda f: f.unsigned({"alg": ["ES256"], "kid": f.es.key_id}, b"\0" * 64)),
    Row("alg is null", lambda f: f.unsigned({"alg": None, "kid": f.es.key_id}, b"\0" * 64)),
    Row("alg in lower case", lambda f: f.unsigned({"alg": "es256", "kid": f.es.key_id}, b"\0" * 64)),
    Row("HMAC with the RSA key's PEM", lambda f: f.hmac(f.rs.key.as_pem(private=False), kid=f.rs.key_id)),
    Row("HMAC with the RSA key's DER", lambda f: f.hmac(f.rs.key.as_der(private=False), kid=f.rs.key_id)),
    Row("HMAC with the EC key's PEM", lambda f: f.hmac(f.es.key.as_pem(private=False), kid=f.es.key_id)),
    Row("HMAC with the EC key's JWK", lambda f: f.hmac(json.dumps(f.es.published).encode(), kid=f.es.key_id)),
    Row("HMAC with a thumbprint", lambda f: f.hmac(f.es.key.thumbprint().encode(), kid=f.es.key_id)),
    Row("HMAC with nothing", lambda f: f.hmac(b"")),
    Row("HMAC with the secret's base64", lambda f: f.hmac(b64(SECRET.encode()).encode())),
    Row("HS384 with the secret", lambda f: f.by(f.legacy.key, alg="HS384")),
    Row("HS512 with the secret", lambda f: f.by(f.legacy.key, alg="HS512")),
    Row("PS256 with the RSA key", lambda f: f.by(f.rs.key, alg="PS256", kid=f.rs.key_id)),
    Row("RS384 with the RSA key", lambda f: f.by(f.rs.key, alg="RS384", kid=f.rs.key_id)),
    Row("RS512 with the RSA key", lambda f: f.by(f.rs.key, alg="RS512", kid=f.rs.key_id)),
    Row("ES384", lambda f: f.by(P384, alg="ES384", kid=f.es.key_id)),
    Row("ES256K", lambda f: f.by(SECP256K1, alg="ES256K", kid=f.es.key_id)),
    Row("Ed25519 by its newer name", lambda f: f.by(f.ed.key, alg="Ed25519", kid=f.ed.key_id)),
    Row("RS256 under the EC key's name", lambda f: f.by(f.rs.key, alg="RS256", kid=f.es.key_id)),
    Row("ES256 under the RSA key's name", lambda f: f.by(f.es.key, alg="ES256", kid=f.rs.key_id)),
    Row("EdDSA under the EC key's name", lambda f: f.by(f.ed.key, alg="EdDSA", kid=f.es.key_id)),
)

SIGNATURES = (
    Row("RS256 by another key", lambda f: f.by(OTHER_RSA, alg="RS256", kid=f.rs.key_id)),
    Row("RS256 by a weak key", lambda f: f.by(WEAK_RSA, alg="RS256", kid=f.rs.key_id)),
    Row("ES256 by another key", lambda f: f.by(OTHER_EC, alg="ES256", kid=f.es.key_id)),
    Row("HS256 by another secret", lambda f: f.hmac(b"another secret altogether")),
    Row("r and s are zero", lambda f: f.unsigned(f.es.header, b"\0" * 64)),
    Row("r and s are one", lambda f: f.unsigned(f.es.header, (b"\0" * 31 + b"\1") * 2)),
    Row("r and s are all ones", lambda f: f.unsigned(f.es.header, b"\xff" * 64)),
    Row("a signature in DER", lambda f: f.unsigned(f.es.header, b"\x30\x06\x02\x01\x01\x02\x01\x01")),
    Row("a signature of one octet", lambda f: f.unsigned(f.es.header, b"\1")),
    Row("a signature of another token", lambda f: _cut(f.good(), 2, lambda _: f.good(sub=SECRET).split(".")[2])),
    Row("a payload of another token", lambda f: _cut(f.good(), 1, lambda _: f.good(role="x").split(".")[1])),
    Row("a header of another key", lambda f: _cut(f.good(), 0, lambda _: f.good(f.ed).split(".")[0])),
    Row("one bit is wrong", lambda f: _cut(f.good(), 2, lambda part: ("A" if part[0] != "A" else "B") + part[1:])),
    Row("the EdDSA signature is zero", lambda f: f.unsigned(f.ed.header, b"\0" * 64)),
)

HEADERS = (
    _kid("of nobody", "00000000-0000-4000-8000-000000000000"),
    _kid("is a path", "../../../../dev/null"),
    _kid("is SQL", "' UNION SELECT 'secret' -- "),
    _kid("is a command", "key.pem|id"),
    _kid("is a URL", "https://evil.example/key.json"),
    _kid("is empty", ""),
    _kid("is a number", 1),
    _kid("is null", None),
    _kid("is a list", ["a"]),
    Row("kid very long", lambda f: f.unsigned({"alg": "ES256", "kid": "k" * 5000}, b"\0" * 64)),
    Row("kid somewhat long", lambda f: f.unsigned({"alg": "ES256", "kid": "k" * 200}, b"\0" * 64)),
    Row("kid of another kind, in another case", lambda f: f.headed(kid=f.es.key_id.upper())),
    Row("a key brought along", lambda f: f.by(OTHER_EC, alg="ES256", jwk=OTHER_EC.as_dict(private=False))),
    Row(
        "a key brought along under our name",
        lambda f: f.by(OTHER_EC, alg="ES256", kid=f.es.key_id, jwk=OTHER_EC.as_dict(private=False)),
    ),
    Row("jku elsewhere", lambda f: f.headed(jku="https://evil.example/jwks.json")),
    Row("jku here", lambda f: f.headed(jku=f"{ISSUER}/.well-known/jwks.json")),
    Row("x5u elsewhere", lambda f: f.headed(x5u="https://evil.example/cert.pem")),
    Row("x5c", lambda f: f.headed(x5c=["MIIB"])),
    Row(
        "crit unknown", lambda f: f.headed(crit=["http://example.com/UNDEFINED"], **{"http://example.com/UNDEFINED": 1})
    ),
    Row("crit known", lambda f: f.headed(crit=["exp"], exp=NOW_S + 60)),
    Row("crit empty", lambda f: f.headed(crit=[])),
    Row("b64 false", lambda f: f.unsigned({**f.es.header, "b64": False, "crit": ["b64"]}, b"\0" * 64)),
    Row("zip", lambda f: f.headed(zip="DEF")),
    Row("cty JWT: nested", lambda f: sign(f.good().encode(), f.es.key, {**f.es.header, "cty": "JWT"})),
    Row("nested without saying so", lambda f: f.es.sign(f.good().encode())),
    Row("typ of another kind of token", lambda f: f.headed(typ="at+jwt")),
    Row("typ of a token of ours", lambda f: f.headed(typ="alie-ws+jwt")),
    Row("header is a list", lambda f: f.unsigned("[]", b"\0" * 64)),
    Row("header is no JSON", lambda f: f.unsigned("{alg:ES256}", b"\0" * 64)),
    Row("header names alg twice", lambda f: f.unsigned('{"alg":"none","alg":"ES256","kid":"x"}', b"\0" * 64)),
)

FORMS = (
    Row("nothing", lambda f: ""),
    Row("a word", lambda f: "token"),
    Row("two dots", lambda f: ".."),
    Row("a part too few", lambda f: f.good().rpartition(".")[0]),
    Row("the signature cut off", lambda f: f.good().rpartition(".")[0] + "."),
    Row("cut in the middle", lambda f: f.good()[:-20]),
    Row("a dot more", lambda f: f.good() + "."),
    Row("a part more", lambda f: f.good() + ".AAAA"),
    Row("detached payload", lambda f: _cut(f.good(), 1, lambda _: "")),
    Row("JWE", _jwe),
    Row("JSON serialisation, flattened", lambda f: _json_form(f, True)),
    Row("JSON serialisation, general", lambda f: _json_form(f, False)),
    Row("padding", lambda f: f.good() + "=="),
    Row("base64 of the other alphabet", lambda f: _cut(f.good(), 2, lambda part: "+/" + part[2:])),
    Row("another form of the same octets", lambda f: _cut(f.good(), 2, lambda part: part[:-1] + _neighbour(part[-1]))),
    Row("garbage after it", lambda f: f.good() + "AAAA"),
    Row("a space before it", lambda f: " " + f.good()),
    Row("a line end after it", lambda f: f.good() + "\n"),
    Row("a line end within", lambda f: f.good()[:30] + "\n" + f.good()[30:]),
    Row("NUL", lambda f: f.good() + "\0"),
    Row("letters that look alike", lambda f: f.good().replace("e", "е")),
    Row("the scheme within", lambda f: "Bearer " + f.good()),
    Row("huge", lambda f: f.good(user_metadata={"x": "x" * 20_000})),
    Row("a megabyte of dots", lambda f: "." * 1_000_000),
    Row("payload is a list", lambda f: f.text("[]")),
    Row("payload is a text", lambda f: f.text('"anne"')),
    Row("payload is null", lambda f: f.text("null")),
    Row("payload is no JSON", lambda f: f.text("sub=anne")),
    Row("payload is no UTF-8", lambda f: f.es.sign(b'{"sub":"\xff"}')),
    Row("payload is deep", lambda f: f.text('{"a":' + "[" * 5000 + "]" * 5000 + "}")),
    Row("payload has a number of a thousand digits", lambda f: f.text('{"exp":' + "9" * 9000 + "}")),
    Row("claims said twice", lambda f: f.text(json.dumps(claims())[:-1] + ', "sub": "x", "sub": "y"}')),
    Row("role said twice", lambda f: f.text(json.dumps(claims())[:-1] + ', "role": "authenticated"}')),
)

TIMES = (
    _without("exp"),
    _claim("exp is a text", exp=str(NOW_S + 60)),
    _claim("exp is null", exp=None),
    _claim("exp is true", exp=True),
    _claim("exp is a list", exp=[NOW_S + 60]),
    _claim("exp is negative", exp=-1),
    _claim("exp is zero", exp=0),
    _text("exp is NaN", exp="NaN"),
    _text("exp is infinite", exp="Infinity"),
    _text("exp overflows", exp="1e400"),
    _claim("exp in milliseconds", exp=(NOW_S + 60) * 1000),
    _claim("exp in ten years", exp=NOW_S + 315_360_000),
    _claim("exp before iat", exp=NOW_S - 61, iat=NOW_S - 60),
    _claim("past", code=EXPIRED, exp=NOW_S - 1),
    _claim("past this very second", code=EXPIRED, exp=NOW_S),
    _claim("past by less than the clocks' skew", code=EXPIRED, exp=NOW_S - 20),
    _claim("past by a year", code=EXPIRED, exp=NOW_S - 31_536_000, iat=NOW_S - 31_539_600),
    _claim("past, and of nobody", exp=NOW_S - 1, sub="nobody"),
    _claim("past, and anonymous", exp=NOW_S - 1, is_anonymous=True),
    _claim("past, and of another project", exp=NOW_S - 1, iss="https://other.supabase.co/auth/v1"),
    _claim("past, without session", exp=NOW_S - 1, session_id=None),
    Row(
        "past, and by another key",
        lambda f: sign(json.dumps(claims(exp=NOW_S - 1)).encode(), OTHER_EC, {"alg": "ES256", "kid": f.es.key_id}),
    ),
    _claim("nbf in a minute", nbf=NOW_S + 60),
    _claim("nbf is a text", nbf="now"),
    _claim("nbf is null", nbf=None),
    _without("iat"),
    _claim("iat in a minute", iat=NOW_S + 60),
    _claim("iat is a text", iat=str(NOW_S)),
    _claim("iat is true", iat=True, exp=NOW_S - 5),
    _claim("iat is negative", iat=-5),
)

CLAIMS = (
    _without("iss"),
    _claim("iss of another project", iss="https://other.supabase.co/auth/v1"),
    _claim("iss with a slash", iss=ISSUER + "/"),
    _claim("iss is the start of ours", iss=ISSUER.removesuffix("/auth/v1")),
    _claim("iss begins like ours", iss=ISSUER + ".evil.example"),
    _claim("iss in another case", iss=ISSUER.upper()),
    _claim("iss over http", iss=ISSUER.replace("https", "http")),
    _claim("iss is a list", iss=[ISSUER]),
    _claim("iss is empty", iss=""),
    _without("aud"),
    _claim("aud is another", aud="anon"),
    _claim("aud is empty", aud=""),
    _claim("aud is an empty list", aud=[]),
    _claim("aud is a list of others", aud=["anon", "https://api.example"]),
    _claim("aud is a list of a list", aud=[["authenticated"]]),
    _claim("aud is a mapping", aud={"authenticated": True}),
    _claim("aud contains ours", aud="authenticated anon"),
    _without("sub"),
    _claim("sub is empty", sub=""),
    _claim("sub is a name", sub="anne"),
    _claim("sub is a number", sub=1),
    _claim("sub is null", sub=None),
    _claim("sub is a list", sub=["7f1d9f0c-52b1-4d7e-9a53-0c1f6f0c2a01"]),
    _claim("sub with a line end", sub="7f1d9f0c-52b1-4d7e-9a53-0c1f6f0c2a01\n"),
    _claim("sub without dashes", sub="7f1d9f0c52b14d7e9a530c1f6f0c2a01"),
    _claim("sub with other digits", sub="7f1d9f0c-52b1-4d7e-9a53-0c1f6f0c2a٠١"),
    _without("role"),
    _claim("role anon", role="anon"),
    _claim("role service_role", role="service_role"),
    _claim("role supabase_admin", role="supabase_admin"),
    _claim("role in another case", role="Authenticated"),
    _claim("role is a list", role=["authenticated"]),
    _claim("role is a list of both", role=["anon", "authenticated"]),
    _claim("anonymous", is_anonymous=True),
    _claim("anonymous as a text", is_anonymous="false"),
    _claim("anonymous as a number", is_anonymous=0),
    _claim("anonymous as null", is_anonymous=None),
    _without("session_id"),
    _claim("session_id is empty", session_id=""),
    _claim("session_id is a name", session_id="session"),
    _claim("app_metadata is a list", app_metadata=["physician"]),
    _claim("app_metadata is a text", app_metadata="physician"),
)

OTHER_PROOFS = (
    Row("the anon key", lambda f: _legacy("anon")),
    Row("the service key", lambda f: _legacy("service_role")),
    Row("the anon key with our issuer", lambda f: _legacy("anon", iss=ISSUER, aud="authenticated")),
    Row("the service key as a user", lambda f: f.good(f.legacy, role="service_role")),
    Row("a publishable key", lambda f: "sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH"),
    Row("a secret key", lambda f: "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz"),
    Row("a refresh token", lambda f: "v1.MRgKYpvQkqkHQfZ8x"),
    Row(
        "a ws token of the former backend",
        lambda f: sign(
            json.dumps({"userId": "x", "type": "ws_token", "iat": NOW_S, "exp": NOW_S + 60}).encode(),
            f.legacy.key,
            {"alg": "HS256", "typ": "JWT"},
        ),
    ),
    Row("an access key of ours", lambda f: "alie_k1_abcdefghijklmnop"),
    Row(
        "a ticket",
        lambda f: sign(json.dumps(claims()).encode(), f.legacy.key, {"alg": "HS256", "typ": "alie-ticket+jwt"}),
    ),
    Row("an identity token", lambda f: f.good(f.rs, iss="https://accounts.google.com", aud="client", nonce="n")),
)


def _neighbour(letter: str) -> str:
    """The last letter of 64 octets has four bits that mean nothing."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return alphabet[alphabet.index(letter) + 1]


TABLE = {
    "algorithms": ALGORITHMS,
    "signatures": SIGNATURES,
    "headers": HEADERS,
    "forms": FORMS,
    "times": TIMES,
    "claims": CLAIMS,
    "other proofs": OTHER_PROOFS,
}
