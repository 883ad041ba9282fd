"""What random sessions are made of: values that Hypothesis draws from."""

from __future__ import annotations

from hypothesis import strategies as st

from alie import errors
from alie import events as on
from tests.support.proofs import ANNE, person

SEGMENTS = st.sampled_from(["e-1", "e-2", "e-3"])
TEXTS = st.sampled_from(["", "so far", "Échec."])
ERRORS = st.sampled_from([errors.EngineUnavailable(), errors.Internal(), errors.Capacity(), errors.EngineRejected()])
PROOF_ERRORS = st.sampled_from([errors.AuthInvalid(), errors.AuthExpired(), errors.AuthServiceError()])
CALLERS = st.sampled_from([None, None, person(ANNE), person(ANNE, way="origin")])
STATUSES = st.sampled_from(
    [
        on.EngineStatus("recovering", "amazon", errors.EngineThrottled()),
        on.EngineStatus("live", "amazon"),
        on.EngineStatus("failed_over", "embedded"),
    ]
)
MESSAGES_AS_SENT = (
    b'{"type":"start_transcription","languageCode":"fr-CA","sampleRate":44100}',
    b'{"type":"start_transcription","languageCode":"xx"}',
    b'{"type":"stop_transcription"}',
    b'{"type":"flush"}',
    b'{"type":"pause"}',
    b'{"type":"unpause"}',
    b'{"type":"ping","id":1}',
    b'{"type":"start_transcription","languageCode":"en-US","token":"t"}',
    b'{"type":"cmd.save"}',
    b'{"type":"cmd.export"}',
    b'{"type":"voice_command"}',
    b'{"type":"audio_init","sampleRate":48000}',
    b'{"type":"authenticate","token":"t"}',
    b'{"type":"resume_transcription","sessionId":"s","resumeToken":"r"}',
    b'{"type":"unknown"}',
    b"not json",
    b" " * 65537,
    b'{"type":"cmd.export"}',
    b'{"type":"authenticate","token":"t"}',
)
MESSAGES = st.sampled_from(MESSAGES_AS_SENT)
PLAIN_START: dict[str, object] = {"languageCode": "fr-CA"}
TOKEN_START: dict[str, object] = {"languageCode": "en-US", "token": "t"}
RESUME_START: dict[str, object] = {"languageCode": "en-US", "resume": True, "ack": True}
STARTS = st.fixed_dictionaries(
    {"languageCode": st.sampled_from(["fr-CA", "en-US", "auto"])},
    optional={
        "mode": st.sampled_from(["ambient", "word_for_word"]),
        "sampleRate": st.sampled_from([16000, 44100, 48000]),
        "words": st.booleans(),
        "partials": st.booleans(),
        "vocabulary": st.just("cardiology"),
        "token": st.just("t"),
        "ack": st.booleans(),
        "resume": st.booleans(),
    },
)
# What an engine, a clock or a connection may say at any time.
OTHERS = st.sampled_from(
    [
        on.EngineFlushed(),
        on.EngineBacklog(True),
        on.EngineBacklog(False),
        on.Tick(),
        on.Weighed(0.25, 0.0),
        on.Weighed(1e6, 1e6),
        on.Probed(),
        on.Answered(),
    ]
)
ENDS = st.sampled_from(
    [
        on.Lost(),
        on.Lost(),
        on.Lost(is_clean=True),
        on.Lost(is_clean=True, is_farewell=True),
        on.Revoked(),
        on.Drain(5, 2, 1),
        on.Drain(0, 0, 1),
    ]
)
