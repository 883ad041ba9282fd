"""The steps of `alie check aws`, in order. Each is called in a worker thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

from alie.cli.aws import judging
from alie.cli.aws.account import Account, NoAnswer
from alie.cli.aws.finding import FAILED, OK, UNKNOWN, WARNING, Finding
from alie.cli.aws.reaching import addresses, reach
from alie.engines.amazon.options import Address
from alie.transcribe_settings import EngineSettings

_ALLOW = "attach etc/aws/check-policy.json to this user or role to have it checked"
_NEEDS = "needs credentials"
_OUTSIDE = ("AWSOrganizationsNotInUseException",)
_NO_POLICY = ("EffectivePolicyNotFoundException", "PolicyTypeNotEnabledException")
_BAD_KEYS = (
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
)


class Checkup:
    """One walk through all the steps.

    Args:
        account: whom to ask.
        target: what is checked.
        now_s: this machine's clock, seconds since 1970.
    """

    def __init__(self, account: Account, target: EngineSettings, now_s: Callable[[], float] = time.time) -> None:
        self._account = account
        self._amazon = target.amazon
        self._streams = target.quota
        self._now_s = now_s
        self._arn: str | None = None
        self._skew_s: float | None = None

    def steps(self) -> Iterator[Callable[[], list[Finding]]]:
        """What there is to do; each gives what it found."""
        yield self._credentials
        yield self._identity
        yield self._clock
        yield lambda: [judging.region(self._amazon.region)]
        for address, is_needed in addresses(self._amazon).items():
            yield partial(self._reach, address, is_needed)
        yield self._permissions
        yield self._quota
        yield self._opt_out

    def _reach(self, address: Address, is_needed: bool) -> list[Finding]:
        return [reach(address, is_needed, self._amazon.ca_file)]

    def _credentials(self) -> list[Finding]:
        advice = "give the machine an instance role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        try:
            source = self._account.source_of_credentials()
        except NoAnswer as error:
            return [Finding("credentials", FAILED, f"a provider failed ({error.code})", advice)]
        if source is None:
            return [Finding("credentials", FAILED, "none were found", advice)]
        return [Finding("credentials", OK, f"found by the provider {source}")]

    def _identity(self) -> list[Finding]:
        try:
            self._arn = self._account.arn()
        except NoAnswer as error:
            if error.code == "NoCredentialsError":
                return [Finding("identity", UNKNOWN, _NEEDS)]
            advice = "see whether the keys are good, the clock is right, and this machine reaches sts"
            state = FAILED if error.code in _BAD_KEYS else UNKNOWN
            return [Finding("identity", state, f"AWS did not say who this is ({error.code})", advice)]
        finally:
            if self._account.answered_at_s is not None:
                self._skew_s = self._now_s() - self._account.answered_at_s
        if self._arn.endswith(":root"):
            advice = "make a role of its own with etc/aws/iam-policy.json"
            return [Finding("identity", WARNING, "the root user of the account", advice)]
        return [Finding("identity", OK, without_session(self._arn))]

    def _clock(self) -> list[Finding]:
        if self._skew_s is None:
            return [Finding("clock", UNKNOWN, "AWS has not answered")]
        return [judging.clock(self._skew_s)]

    def _permissions(self) -> list[Finding]:
        if self._arn is None:
            return [Finding("permission", UNKNOWN, _NEEDS)]
        if self._arn.endswith(":root"):
            return [Finding("permission", OK, "the root user may do everything")]
        options = self._amazon
        try:
            results = self._account.simulate(self._principal(self._arn), [*judging.ACTIONS.values()], options.region)
        except NoAnswer as error:
            return [_unanswered("permission", error, "iam:SimulatePrincipalPolicy")]
        return judging.permissions(results, options.transport)

    def _principal(self, arn: str) -> str:
        """Whose policies count: of an assumed role, the role, whose path only IAM knows."""
        kind, _, rest = arn.split(":", 5)[5].partition("/")
        if kind != "assumed-role":
            return arn
        name = rest.partition("/")[0]
        try:
            return self._account.role_arn(name)
        except NoAnswer:
            partition, account = arn.split(":")[1], arn.split(":")[4]
            return f"arn:{partition}:iam::{account}:role/{name}"

    def _quota(self) -> list[Finding]:
        if self._arn is None:
            return [Finding("quota", UNKNOWN, _NEEDS)]
        try:
            found = self._account.quotas()
        except NoAnswer as error:
            return [_unanswered("quota", error, "servicequotas:ListServiceQuotas")]
        return [judging.quotas(found, self._amazon.transport, self._streams)]

    def opt_out(self) -> Finding:
        """Only whether AWS may keep what it hears."""
        self._identity()
        (finding,) = self._opt_out()
        return finding

    def _opt_out(self) -> list[Finding]:
        if self._arn is None:
            return [Finding("opt-out", UNKNOWN, _NEEDS)]
        try:
            return [judging.opt_out(self._account.opt_out_policy())]
        except NoAnswer as error:
            if error.code in _OUTSIDE:
                advice = "make an AWS organization (it costs nothing): only there can one opt out"
                return [Finding("opt-out", WARNING, f"the account is in no organization: {judging.KEPT}", advice)]
            if error.code in _NO_POLICY:
                return [Finding("opt-out", WARNING, f"there is no policy: {judging.KEPT}", judging.OPT_OUT_ADVICE)]
            return [_unanswered("opt-out", error, "organizations:DescribeEffectivePolicy")]


def without_session(arn: str) -> str:
    """An ARN without the name of a role's session, which may be somebody's e-mail address."""
    head, mark, rest = arn.partition(":assumed-role/")
    return f"{head}{mark}{rest.partition('/')[0]}"


def _unanswered(step: str, error: NoAnswer, action: str) -> Finding:
    if error.is_denied:
        return Finding(step, UNKNOWN, f"not allowed to ask ({action})", _ALLOW)
    return Finding(step, UNKNOWN, f"AWS did not answer ({error.code})", "see whether this machine reaches AWS")
