"""From certificates to findings. Pure; times in UTC."""

from __future__ import annotations

from datetime import datetime

from cryptography import x509

from alie.cli.doctor.finding import NOTE, OK, PROBLEM, Finding

# Of its whole life. Let's Encrypt's 90 days are renewed when 30 are left: at 20, that has failed for ten days.
_LATE, _TOO_LATE = 20 / 90, 7 / 90
_RENEW = "renew it (certbot renew), and see why that did not happen by itself: systemctl list-timers certbot.timer"
FULL_CHAIN = "serve the whole chain: certbot's fullchain.pem, not cert.pem"


def expiry(step: str, begins: datetime, ends: datetime, now: datetime) -> Finding:
    """How long it is good.

    Args:
        step: what it is called.
        begins: when it begins to count.
        ends: when it expires.
        now: the time.
    """
    days, day = (ends - now).total_seconds() / 86_400, ends.strftime("%Y-%m-%d")
    if now < begins:
        detail = f"not good before {begins.strftime('%Y-%m-%d %H:%M')} UTC"
        return Finding(step, PROBLEM, detail, "see whether the clock is right (timedatectl)")
    if now >= ends:
        return Finding(step, PROBLEM, f"expired {-days:.1f} days ago, {day}", _RENEW)
    left = (ends - now) / (ends - begins)
    state = OK if left >= _LATE else NOTE if left >= _TOO_LATE else PROBLEM
    return Finding(step, state, f"good for {days:.1f} more days, until {day}", "" if state == OK else _RENEW)


def names_of(leaf: x509.Certificate) -> str:
    """The names that it is for."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return "no name at all"
    return ", ".join(str(name.value) for name in names)
