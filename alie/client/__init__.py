"""The other end of the protocol: a dictation as its client sees it. Pure."""

from alie.client.notices import Back, Cut, Told
from alie.client.renewal import RENEWAL_RETRY_S
from alie.client.requests import PCM_RATE_HZ, StartRequest
from alie.client.transcription import Phase, TranscriptionClient

__all__ = ["PCM_RATE_HZ", "RENEWAL_RETRY_S", "Back", "Cut", "Phase", "StartRequest", "Told", "TranscriptionClient"]
