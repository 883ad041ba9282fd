"""The command line of `alie`: what can be asked for, and how it is read."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import alie
from alie.cli.address import Address, parse
from alie.cli.audit.options import add_audit
from alie.cli.compliance.options import add_compliance
from alie.cli.config.options import add_config
from alie.cli.doctor.options import add_doctor
from alie.cli.drill.options import add_drill
from alie.cli.key.options import add_key
from alie.cli.token_file import read_token
from alie.cli.transcribe import Order
from alie.cli.transcripts import FORMS
from alie.client import StartRequest
from alie.speech import AUTO, EN_US, LANGUAGE_CODES
from alie.wire import MAX_PHRASE_CHARACTERS, MAX_PHRASES

DEFAULT_URL = "http://127.0.0.1:3001"
TOKEN_VARIABLE = "ALIE_TOKEN"
_EPILOG = f"""\
A server that wants to know who speaks is shown an access token, or an access key, from the environment variable
{TOKEN_VARIABLE} or the file of --token-file; never from the command line, which everybody on this machine can read.
The daemon itself is started with: twistd --nodaemon alie"""
_TRANSCRIBE = """\
Sends sound files (or the sound of videos) through a running server and writes down what it heard.
Exit status 0: every file came through completely. 1: something is missing, and standard error says what."""
_CHECK = """\
Walks the whole way that a dictation goes: connection, health, WebSocket, a spoken sentence and its words,
and a connection that is cut on purpose.
Exit status 0: all is well. 1: a step failed, and its line says what to do.

alie check aws, instead, finds out whether this machine may and can use Amazon Transcribe: credentials, clock, network,
permissions, quota, privacy. It only reads."""
AWS = "aws"
"""What `alie check` is given instead of a server's address."""


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    root = argparse.ArgumentParser(
        prog="alie",
        description="Speech in, words out: tools for the Alie dictation server.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    root.add_argument("--version", action="version", version=f"alie {alie.__version__}")
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_transcribe(commands)
    _add_check(commands)
    add_doctor(commands)
    add_drill(commands)
    add_key(commands)
    add_compliance(commands)
    add_config(commands)
    add_audit(commands)
    return root


def order(options: argparse.Namespace) -> Order:
    """What `alie transcribe` is asked to do.

    Raises:
        ValueError: options that do not go together, in a sentence for the operator.
    """
    return Order(
        files=tuple(zip(options.files, _targets(options), strict=True)),
        address=options.url,
        request=StartRequest(
            language_code=options.language,
            # Captions are cut between words; nothing shows partials.
            wants_words=options.form != "txt",
            wants_partials=False,
            wants_resume=True,
            vocabulary=options.vocabulary,
            token=token(options.token_file),
        ),
        form=options.form,
        is_realtime=options.realtime,
        token_file=options.token_file,
    )


def token(path: str | None) -> str | None:
    """Proof of who is speaking: the first line of a file, else from the environment; None where there is neither.

    Raises:
        ValueError: the file cannot be read or holds none, in a sentence that does not quote it.
    """
    return (os.environ.get(TOKEN_VARIABLE) or None) if path is None else read_token(path)


def _add_transcribe(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser(
        "transcribe",
        help="turn sound files into text",
        description=_TRANSCRIBE,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = command.add_argument
    add("files", nargs="+", type=Path, metavar="FILE", help="sound or video file, in any format that FFmpeg reads")
    add("--url", type=_address, default=DEFAULT_URL, help=f"the server (default {DEFAULT_URL})")
    add("--language", choices=[*LANGUAGE_CODES, AUTO], default=AUTO, help="what is spoken (default auto)")
    add("--format", dest="form", choices=FORMS, default="txt", help="what to write (default txt)")
    add("--vocabulary", type=_vocabulary, default=(), metavar="FILE", help="words and phrases to expect, one a line")
    add("--token-file", metavar="FILE", help="access token or key, for a server that wants one")
    add("--realtime", action="store_true", help="send at the pace of speech, as a microphone would")
    add(
        "-o",
        dest="output",
        metavar="FILE|DIR",
        help="write there, and not to standard output; a directory (needed for several files) ends in /",
    )


def _add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser(
        "check",
        help="find out whether a server works, from end to end",
        description=_CHECK,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = command.add_argument
    add("url", nargs="?", type=_target, default=DEFAULT_URL, metavar="URL|aws", help=f"default {DEFAULT_URL}")
    add("--language", choices=LANGUAGE_CODES, default=EN_US, help="of the spoken sample (default en-US)")
    add("--json", dest="as_json", action="store_true", help="write one JSON object, for programs")
    add("--token-file", metavar="FILE", help="access token or key, for a server that wants one")
    add("--env-file", metavar="FILE", help="with aws: settings of the daemon, where the environment has none")


def _address(text: str) -> Address:
    try:
        return parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _target(text: str) -> Address | str:
    return AWS if text == AWS else _address(text)


def _vocabulary(name: str) -> tuple[str, ...]:
    try:
        lines = Path(name).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise argparse.ArgumentTypeError(f"{name} cannot be read as UTF-8 text: {error}") from None
    phrases = tuple(phrase for line in lines if (phrase := " ".join(line.split())))
    if len(phrases) > MAX_PHRASES:
        raise argparse.ArgumentTypeError(f"{name} has {len(phrases)} phrases; at most {MAX_PHRASES} are taken")
    if any(len(phrase) > MAX_PHRASE_CHARACTERS for phrase in phrases):
        raise argparse.ArgumentTypeError(f"{name} has a phrase of over {MAX_PHRASE_CHARACTERS} characters")
    return phrases


def _targets(options: argparse.Namespace) -> list[Path | None]:
    files: list[Path] = options.files
    if options.output is None:
        if len(files) > 1 and options.form in ("srt", "vtt"):
            raise ValueError("captions of several files cannot share one output: name a directory with -o")
        return [None] * len(files)
    output = Path(options.output)
    if len(files) == 1 and not output.is_dir() and not options.output.endswith("/"):
        return [output]
    targets: list[Path | None] = [output / f"{path.stem}.{options.form}" for path in files]
    if len(set(targets)) < len(targets):
        raise ValueError("several of these files would be written to the same name: transcribe them one by one")
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"{output} cannot be made a directory: {error.strerror}") from None
    return targets
