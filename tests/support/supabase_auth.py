"""Stands for Supabase Auth: users, their sessions, real tokens under real keys, and the routes that Alie and pages ask.

    auth = SupabaseAuth()
    anne = auth.add("anne@clinic.test", "password", role="physician", clinic_id=CLINIC)
    auth.token(anne)                 # what she presents
    auth.log_out(auth.session(anne)) # what ends it
    await auth.listen(reactor)       # then `auth.url`; for tests in memory give `auth.agent` to SupabaseHttp

Its answers are those of supabase/auth: docs.supabase.com/reference/auth; supabase/auth, internal/api/auth.go.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.web.server import Site

from tests.support.supabase_auth_web import AuthRoot, MemoryAgent, Refused
from tests.support.supabase_keys import SigningKey, new_key, payload_of, secret

MEMORY_URL = "http://127.0.0.1:9999"
LIFETIME_S = 3600


@dataclass
class User:
    """An account."""

    user_id: str
    email: str
    password: str
    app_metadata: dict[str, Any]
    user_metadata: dict[str, Any] = field(default_factory=dict)
    banned_until: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As `GET /user` shows it."""
        return {
            "id": self.user_id,
            "aud": "authenticated",
            "role": "authenticated",
            "email": self.email,
            "app_metadata": self.app_metadata,
            "user_metadata": self.user_metadata,
            "is_anonymous": False,
            **({"banned_until": self.banned_until} if self.banned_until else {}),
        }


class SupabaseAuth:
    """One project.

    Args:
        algorithm: of its signing key: "ES256", "RS256", "EdDSA", or "HS256" for an old project, which publishes none.
        jwt_secret: of an old project.
        anon_key: what the gateway before it asks for.
        now: Unix time.

    Attributes:
        keys: those that are published, and sign no more; and the current one, which is the last.
        asked: method and path of each request.
        is_down: whether connections are refused (in memory only).
        is_silent: whether requests are never answered (in memory only).
        failure: answered to everything, if it is set: status and body.
    """

    def __init__(
        self,
        algorithm: str = "ES256",
        *,
        jwt_secret: str = "a-secret-of-an-old-project-0123456789",
        anon_key: str = "sb_publishable_of-this-project",
        now: Callable[[], float] = time.time,
    ) -> None:
        self.jwt_secret, self.anon_key = jwt_secret, anon_key
        self.keys = [secret(jwt_secret) if algorithm == "HS256" else new_key(algorithm)]
        self.asked: list[tuple[str, str]] = []
        self.is_down = self.is_silent = False
        self.failure: tuple[int, Any] | None = None
        self.url = MEMORY_URL
        self.root = AuthRoot(self)
        self.agent = MemoryAgent(self)
        self._now = now
        self._users: dict[str, User] = {}
        self._sessions: dict[str, str] = {}
        self._refresh_tokens: dict[str, str] = {}

    @property
    def issuer(self) -> str:
        """`iss`."""
        return f"{self.url}/auth/v1"

    def listen(self, reactor: Any, port: int = 0) -> Deferred[Callable[[], Deferred[None]]]:
        """Listens on loopback, from then on at `url`; fires with what ends that."""
        listening = TCP4ServerEndpoint(reactor, port, interface="127.0.0.1").listen(Site(self.root))

        def listens(port: Any) -> Callable[[], Deferred[None]]:
            self.url = f"http://127.0.0.1:{port.getHost().port}"
            return lambda: port.stopListening() or succeed(None)

        return listening.addCallback(listens)

    # -- users and sessions

    def add(self, email: str = "anne@clinic.test", password: str = "a long password", **app_metadata: Any) -> str:
        """A new account; its id."""
        user = User(str(uuid4()), email, password, app_metadata)
        self._users[user.user_id] = user
        return user.user_id

    def session(self, user_id: str) -> str:
        """The id of the user's newest session; signs in where there is none."""
        for session_id, owner in reversed(self._sessions.items()):
            if owner == user_id:
                return session_id
        return self.sign_in(user_id)

    def sign_in(self, user_id: str) -> str:
        """A new session; its id."""
        session_id = str(uuid4())
        self._sessions[session_id] = user_id
        return session_id

    def remove(self, user_id: str) -> None:
        """The account is gone, and its sessions with it."""
        del self._users[user_id]
        for session_id in [session_id for session_id, owner in self._sessions.items() if owner == user_id]:
            del self._sessions[session_id]

    def log_out(self, session_id: str) -> None:
        """The session is gone; its tokens live on."""
        del self._sessions[session_id]

    def ban(self, user_id: str, until: str = "2999-01-01T00:00:00Z") -> None:
        """The account may not be used until then (ISO 8601)."""
        self._users[user_id].banned_until = until

    def set_app_metadata(self, user_id: str, **app_metadata: Any) -> None:
        """Replaces it all."""
        self._users[user_id].app_metadata = app_metadata

    def set_user_metadata(self, user_id: str, **user_metadata: Any) -> None:
        """What users can write themselves."""
        self._users[user_id].user_metadata = user_metadata

    # -- tokens

    def rotate(self, algorithm: str = "ES256") -> SigningKey:
        """Signs with a new key from now on; the old ones stay published until they are revoked."""
        self.keys.append(new_key(algorithm))
        return self.keys[-1]

    def revoke_key(self, key: SigningKey) -> None:
        """A key is published no more."""
        self.keys.remove(key)

    def claims(self, user_id: str, **claims: Any) -> dict[str, Any]:
        """As a new token would have them; `claims` wins."""
        user, now = self._users[user_id], int(self._now())
        return {
            "iss": self.issuer,
            "sub": user_id,
            "aud": "authenticated",
            "exp": now + LIFETIME_S,
            "iat": now,
            "email": user.email,
            "phone": "",
            "app_metadata": dict(user.app_metadata),
            "user_metadata": dict(user.user_metadata),
            "role": "authenticated",
            "aal": "aal1",
            "amr": [{"method": "password", "timestamp": now}],
            "session_id": claims["session_id"] if "session_id" in claims else self.session(user_id),
            "is_anonymous": False,
            **claims,
        }

    def token(self, user_id: str, *, without: Collection[str] = (), **claims: Any) -> str:
        """An access token under the current key."""
        made = self.claims(user_id, **claims)
        return self.keys[-1].sign(
            json.dumps({name: value for name, value in made.items() if name not in without}).encode()
        )

    # -- answers

    def key_set(self) -> dict[str, Any]:
        """What is published: secrets never are."""
        return {"keys": [key.published for key in self.keys if key.algorithm != "HS256"]}

    def user_of(self, token: str) -> User:
        """As `GET /user`. Raises Refused."""
        claims = self._claims_of(token)
        user = self._users.get(claims["sub"])
        if user is None:
            raise Refused(403, "user_not_found", "User from sub claim in JWT does not exist")
        if self._sessions.get(claims["session_id"]) != user.user_id:
            raise Refused(403, "session_not_found", "Session from session_id claim in JWT does not exist")
        return user

    def log_in(self, email: str, password: str) -> dict[str, Any]:
        """As `POST /token?grant_type=password`. Raises Refused."""
        for user in self._users.values():
            if (user.email, user.password) == (email, password):
                return self._session_json(user, self.sign_in(user.user_id))
        raise Refused(400, "invalid_credentials", "Invalid login credentials")

    def refresh(self, refresh_token: str) -> dict[str, Any]:
        """As `POST /token?grant_type=refresh_token`: each is good once. Raises Refused."""
        session_id = self._refresh_tokens.pop(refresh_token, "")
        user = self._users.get(self._sessions.get(session_id, ""))
        if user is None:
            raise Refused(400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found")
        return self._session_json(user, session_id)

    def end_session_of(self, token: str) -> None:
        """As `POST /logout`. Raises Refused."""
        self.user_of(token)
        self.log_out(self._claims_of(token)["session_id"])

    def _claims_of(self, token: str) -> dict[str, Any]:
        for key in self.keys:
            claims: dict[str, Any] = json.loads(payload_of(token, key) or b'{"exp":0}')
            if claims["exp"] > self._now():
                return claims
        raise Refused(403, "bad_jwt", "invalid JWT: unable to parse or verify signature")

    def _session_json(self, user: User, session_id: str) -> dict[str, Any]:
        refresh_token = uuid4().hex[:12]
        self._refresh_tokens[refresh_token] = session_id
        return {
            "access_token": self.token(user.user_id, session_id=session_id),
            "token_type": "bearer",
            "expires_in": LIFETIME_S,
            "expires_at": int(self._now()) + LIFETIME_S,
            "refresh_token": refresh_token,
            "user": user.as_json(),
        }
