"""Makes `twistd alie` known. Imports nothing else: a fault here would show in every call of twistd."""

from twisted.application.service import ServiceMaker

alie = ServiceMaker("Alie", "alie.tap", "Live dictation gateway (WebSocket and REST).", "alie")
