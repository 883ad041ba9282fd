"""Questions to AWS, each one call that changes nothing. Called in a worker thread; boto3 is imported there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

CONNECT_TIMEOUT_S = 3
READ_TIMEOUT_S = 5
RETRIES = 1

_NOT_ALLOWED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")


class NoAnswer(Exception):
    """AWS did not say.

    Attributes:
        code: its name for why, such as "AccessDenied", or what failed on the way.
        is_denied: whether it is that we may not ask.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.is_denied = code in _NOT_ALLOWED


class Account:
    """Asks for one set of credentials in one region.

    Args:
        session: a boto3 session.
        region: such as "ca-central-1".
        client: for tests; gives boto3's client of a service.
    """

    def __init__(self, session: Any, region: str, client: Callable[[str], Any] | None = None) -> None:
        self._session = session
        config = Config(
            region_name=region,
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            retries={"total_max_attempts": 1 + RETRIES},
        )
        self._client = client or (lambda service: session.client(service, config=config))
        self.answered_at_s: float | None = None
        """AWS's clock, seconds since 1970, when it last answered; also when that was a refusal."""

    def source_of_credentials(self) -> str | None:
        """The provider that found credentials, such as "env" or "iam-role"; None: none did.

        Raises:
            NoAnswer: a provider failed.
        """
        try:
            credentials = self._session.get_credentials()
            if credentials is not None:
                # Only now is an instance role or another program asked.
                credentials.get_frozen_credentials()
        except BotoCoreError as error:
            raise NoAnswer(type(error).__name__) from None
        return None if credentials is None else str(credentials.method)

    def arn(self) -> str:
        """Who we are."""
        return str(self._ask("sts", "get_caller_identity")["Arn"])

    def role_arn(self, name: str) -> str:
        """The whole ARN of a role, with its path."""
        return str(self._ask("iam", "get_role", RoleName=name)["Role"]["Arn"])

    def simulate(self, arn: str, actions: Sequence[str], region: str) -> list[Mapping[str, Any]]:
        """What IAM would say to those actions in that region."""
        entry = {"ContextKeyName": "aws:RequestedRegion", "ContextKeyValues": [region], "ContextKeyType": "string"}
        answer = self._ask(
            "iam", "simulate_principal_policy", PolicySourceArn=arn, ActionNames=list(actions), ContextEntries=[entry]
        )
        return list(answer["EvaluationResults"])

    def quotas(self) -> list[Mapping[str, Any]]:
        """All quotas of Transcribe."""
        found: list[Mapping[str, Any]] = []
        more: dict[str, str] = {}
        while True:
            answer = self._ask("service-quotas", "list_service_quotas", ServiceCode="transcribe", **more)
            found += answer["Quotas"]
            if not answer.get("NextToken"):
                return found
            more = {"NextToken": answer["NextToken"]}

    def opt_out_policy(self) -> str:
        """The AI services opt-out policy that holds for this account, as JSON."""
        answer = self._ask("organizations", "describe_effective_policy", PolicyType="AISERVICES_OPT_OUT_POLICY")
        return str(answer["EffectivePolicy"]["PolicyContent"])

    def _ask(self, service: str, question: str, **arguments: Any) -> Mapping[str, Any]:
        try:
            answer: Mapping[str, Any] = getattr(self._client(service), question)(**arguments)
        except ClientError as error:
            self._note_time(error.response)
            raise NoAnswer(str(error.response["Error"].get("Code") or "unknown")) from None
        except BotoCoreError as error:
            raise NoAnswer(type(error).__name__) from None
        self._note_time(answer)
        return answer

    def _note_time(self, answer: Mapping[str, Any]) -> None:
        headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
        try:
            self.answered_at_s = parsedate_to_datetime(headers["date"]).timestamp()
        except (KeyError, ValueError):
            pass
