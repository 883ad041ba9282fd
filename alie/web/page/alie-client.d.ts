/**
 * Alie's client for front ends: live dictation over one WebSocket, and a microphone to go with it.
 *
 * Plain ES modules without dependencies. Either class works without the other. To use them elsewhere, copy
 * `alie-client.js` with the modules it imports (`alie-error.js`, `capture-clock.js`, `client-options.js`, `connection.js`,
 * `deferred.js`, `exchange.js`, `flushes.js`, `heartbeat.js`, `kept-audio.js`, `link.js`, `messages.js`, `microphone.js`,
 * `network-signs.js`, `proof.js`, `reconnection.js`, `results.js`, `timeline.js`, `uplink.js`) and the worklet
 * (`pcm-worklet.js`, `resampler.js`).
 *
 * Times named `...Seconds`, `startTime` and `endTime` are seconds on the dictation's clock, which counts audio only: it
 * starts at the first sample taken, and neither pauses nor cuts move it. Times named `...At`, `since`, `from`, `...Until` and
 * `...From` are wall time, milliseconds since 1970.
 */

/** "fr-CA", "en-US", or "auto" where the server's engine can tell them apart. */
export type Language = "fr-CA" | "en-US" | "auto";

/** How the server transcribes; "ambient" is a conversation, whose speakers come with the summary. */
export type Mode = "word_for_word" | "smart_dictation" | "ambient";

/**
 * Where a dictation stands: not started; waiting for the server; words may come; the connection is lost and is being had
 * again; waiting for the last words; over. It only moves to the right, and may skip; but from "live" and "stopping" it may
 * come to "reconnecting", and from there back.
 */
export type State = "idle" | "connecting" | "live" | "reconnecting" | "stopping" | "closed";

export interface AlieClientOptions {
  /** Where to connect: absolute or relative to the page, http(s) or ws(s). Default "/ws/transcription". */
  url?: string;
  /** Language that will be spoken. Default "fr-CA". */
  language?: Language;
  /** Default "smart_dictation". */
  mode?: Mode;
  /** Names and rare terms to listen for: at most 100 phrases of at most 100 characters. Default none. */
  vocabulary?: string[];
  /** Whether results carry the times of their words: finals, and partials of engines that have them. Default false. */
  words?: boolean;
  /** Whether partial results are sent at all. Default true. */
  partials?: boolean;
  /** Rate of the audio given to `send` and `sendAll`: 8000 to 48000 samples a second. Default 16000. */
  sampleRate?: number;
  /**
   * Most live audio that the browser is given to send at once, in seconds. Where nothing can be kept for a cut (before the
   * server is ready, and with a server that lets nobody come back) frames are refused beyond it. Default 30.
   */
  maxBufferedSeconds?: number;
  /**
   * Most audio kept in memory until its words are safe, in seconds (32 kB each at 16000 samples a second): what a cut takes
   * is sent again. Beyond it the oldest is let go. 0: nothing is kept, and a cut is the end. Default 300.
   */
  maxKeptSeconds?: number;
  /** Longest time without a connection, ms, after which no new one is tried for any more. Default 300000. */
  reconnectForMs?: number;
  /** Chance, 0 up to 1, that keeps many clients from coming back in the same moment; for tests. Default `Math.random`. */
  random?: () => number;
  /** Longest wait for `stream_ready`, or for a session to go on after a cut, ms. Default 20000. */
  connectTimeoutMs?: number;
  /**
   * Longest silence between `stop_transcription` and `transcription_complete`, ms; each result and each `audio_ack` begins it
   * anew. Default 30000.
   */
  stopTimeoutMs?: number;
  /**
   * What proves who is speaking, where the server wants to know: a Supabase access token, or an access key of the server.
   * Asked before each connection, and again when the server says that the one it has expires soon. Default none.
   */
  getToken?: (() => string | null | Promise<string | null>) | null;
  /** The WebSocket class, for runtimes that keep it elsewhere and for tests. Default `globalThis.WebSocket`. */
  webSocket?: typeof WebSocket;
}

/** What the server said in `stream_ready`, the last time if it has lost a session. */
export interface Session {
  sessionId: string;
  /** "amazon" or "embedded". */
  engine: string;
  languageCode: string;
  /** The rate the server takes the audio to have. */
  sampleRate: number;
  /** Whether speakers will be told apart. */
  speakerLabels: boolean;
  /** Whether a cut will be mended: the server offers it, and `maxKeptSeconds` is not 0. */
  resumable: boolean;
}

/** What the server said in `transcription_complete`, and what this side knows: of the whole dictation, through all cuts. */
export interface Summary {
  /** Audio that was heard. */
  audioSeconds: number;
  /** Finals with text. */
  finals: number;
  /** Audio that no engine heard, as the server of the last session says; a session that it has lost took its own with it. */
  lostSeconds: number;
  /** Audio this client refused because too much was waiting, or had let go before its words were safe. */
  droppedSeconds: number;
  /**
   * The payload of `transcription_final`; null unless the mode is "ambient". Where the server has lost a session, it is of
   * what was said since then, and its times count from there.
   */
  conversation: object | null;
}

export interface Word {
  text: string;
  startTime: number;
  endTime: number;
  /** 0 to 1, or null. */
  confidence: number | null;
  /** In a partial, where the engine says it: whether the word will not change any more. */
  stable?: boolean;
}

export interface Result {
  /** Partials and the final of one segment share it. */
  resultId: string;
  /** What was heard. A final with empty text takes its partials back. */
  text: string;
  startTime: number | null;
  endTime: number | null;
  /** The engine's label, or null. */
  speaker: string | null;
  /** The language that was detected, or null where it was given. */
  language: string | null;
  /** Mean over the words, punctuation left out, 0 to 1, or null. */
  confidence: number | null;
  /** Name of the engine that heard it, or null. */
  engine: string | null;
  /** Where they were asked for, on finals, and on partials of engines that have them; else null. */
  words: Word[] | null;
}

/**
 * Codes of `AlieError` that this client adds to those of docs/protocol.md:
 *
 * - `CONNECT_FAILED`: no server, or one that refused the upgrade (a browser does not say which).
 * - `TOKEN_FAILED`: `getToken` failed; not fatal where the session has begun, which then goes on while the old token lives.
 * - `CONNECT_TIMEOUT`: no `stream_ready` in time.
 * - `CONNECTION_LOST`: the connection ended unasked, or the server has not answered a ping for 30 s (120 s while a
 *   recording is sent; 5 s once the browser has said that the network has changed). Where the server lets a client come
 *   back, "reconnecting" tells it; else it is the end.
 * - `RECONNECT_FAILED`: `reconnectForMs` were not enough for a new connection; `cause` is why the last attempt failed.
 * - `STOP_TIMEOUT`: `stop()` was not answered in time.
 * - `BACKLOG`: not fatal; live audio is refused because too much of it is waiting. Told once for each run of frames.
 * - `AUDIO_LET_GO`: not fatal; there is no connection, and more than `maxKeptSeconds` would have to be kept. Told once for
 *   each time without a connection; "lost" says what it was, once that is known.
 * - `ABORTED`: `abort()` was called.
 */
export type ClientCode =
  | "CONNECT_FAILED"
  | "CONNECT_TIMEOUT"
  | "CONNECTION_LOST"
  | "RECONNECT_FAILED"
  | "TOKEN_FAILED"
  | "STOP_TIMEOUT"
  | "BACKLOG"
  | "AUDIO_LET_GO"
  | "ABORTED";

export class AlieError extends Error {
  constructor(code: string, message: string, kind?: { retryable?: boolean; fatal?: boolean; cause?: AlieError });
  /** A `ClientCode`, or a code of docs/protocol.md. */
  readonly code: string;
  /** Whether a new session may succeed. */
  readonly retryable: boolean;
  /** Whether this one is over. */
  readonly fatal: boolean;
  /** Of `RECONNECT_FAILED`. */
  readonly cause?: AlieError;
}

/** How a session ended. */
export interface End {
  /** The WebSocket close code; 1006 where no close frame came. */
  code: number;
  reason: string;
  /** Whether the server said `transcription_complete` after a `stop()`: every word is here. */
  completed: boolean;
  summary: Summary | null;
  /** Why it is not completed, else null. */
  error: AlieError | null;
  /** When the server was last heard. */
  lastHeardAt: number | null;
  /**
   * Until when every word is safe: what was said later may be missing. Null when completed, and when no live audio was sent.
   * `takenSeconds` less `safeSeconds` is how much that is.
   */
  missingFrom: number | null;
}

export interface AlieClientEvents {
  state: CustomEvent<{ state: State }>;
  /** A reading that may change; it replaces the one before with the same `resultId`. */
  partial: CustomEvent<Result>;
  /** A reading that will not change. Each `resultId` gets exactly one. */
  final: CustomEvent<Result>;
  /** Something went wrong. After a fatal error "close" follows, or "reconnecting" if a new connection may mend it. */
  error: CustomEvent<{ error: AlieError }>;
  /**
   * How late words are: from the capture of the last sound of a result (its `endTime`) to the result's arrival here. For
   * finals, and for partials that reach further than the one before; never for recordings.
   */
  latency: CustomEvent<{ seconds: number; isFinal: boolean }>;
  /** A ping has not been answered for 6 s (24 s while a recording is sent), nor anything else said. Audio is kept meanwhile. */
  stalled: CustomEvent<{ since: number | null }>;
  /** The server is heard again. */
  recovered: CustomEvent<{}>;
  /**
   * There is no connection: `error` says why. Comes at the cut and after each attempt that fails; the next one is at
   * `nextAttemptAt`, or sooner if the browser says that the network is back. Audio is taken and kept meanwhile. Every word
   * spoken before `safeUntil` is here.
   */
  reconnecting: CustomEvent<{
    error: AlieError;
    attempt: number;
    nextAttemptAt: number;
    lastHeardAt: number | null;
    safeUntil: number | null;
  }>;
  /**
   * There is a connection again, and what was said meanwhile is on its way. `isNewSession`: the server had lost the session,
   * so all that was not safe is heard anew; finals with empty text have taken back what had been shown of it.
   */
  resumed: CustomEvent<{ isNewSession: boolean }>;
  /** Audio that had to be let go before its words were safe: they are missing. `from` is null for a recording. */
  lost: CustomEvent<{ startTime: number; endTime: number; from: number | null }>;
  /** The engine leg changed: "recovering", "live" or "failed_over". */
  engine: CustomEvent<{ state: string; engine: string; code: string | null }>;
  /** The server goes down; the session will be closed soon. */
  draining: CustomEvent<{ reconnectAfterSeconds: number }>;
  /** The session is over, for whatever reason. Comes once, last. */
  close: CustomEvent<End>;
}

/**
 * One dictation. Make a new one for each.
 *
 * A cut is not the end of it, where the server lets a client come back: the client takes its session up again over a new
 * connection and sends what the server has not got; should the session be gone (a daemon that was restarted), it begins a new
 * one from where the safe words end. Every word is told once, and on one clock. It does not come back after a sign-in that is
 * not good any more, when another connection has taken the session over, or where nobody has spoken for too long.
 *
 * `stop()` is not the end: the last words come after it, and the socket is closed only once the server has said that there
 * are none left. A page that closes earlier loses them.
 */
export class AlieClient extends EventTarget {
  constructor(options?: AlieClientOptions);
  readonly state: State;
  /** Null before the server is ready. */
  readonly session: Session | null;
  /** Audio taken: "now" on the dictation's clock. */
  readonly takenSeconds: number;
  /** Audio handed to the network; a cut sets it back to what the server has got. */
  readonly sentSeconds: number;
  /** End of the last final result. */
  readonly confirmedSeconds: number;
  /** Every word spoken before it has come as a final. What was taken since is kept for a cut, where that is possible. */
  readonly safeSeconds: number;
  /** When that was; null if nothing live was taken. */
  readonly safeUntil: number | null;
  /** Audio refused because too much was waiting, or let go before its words were safe. */
  readonly droppedSeconds: number;
  /** When the server was last heard; null before. */
  readonly lastHeardAt: number | null;
  /** Network round trip of the last ping, ms; null before the first answer. */
  readonly roundTripMs: number | null;

  /**
   * Connects. Audio may be sent before, at the user's click: it is kept and goes out first.
   *
   * @returns once the server is ready
   * @throws {Error} called twice
   * @throws {AlieError} (as a rejection) the session ended before it began
   */
  start(): Promise<Session>;

  /**
   * Sends live audio.
   *
   * @param audio PCM16, little-endian, mono, any length; 20 to 500 ms are good
   * @param capturedAt when its last sample was captured; default now
   * @returns whether it was taken: not when more than `maxBufferedSeconds` wait already (unless they can be kept), nor after
   *   `stop()`
   */
  send(audio: Int16Array | ArrayBuffer, capturedAt?: number): boolean;

  /**
   * Sends a recording as fast as the server takes it, holding little in the browser, and goes on after a cut. Call `start()`
   * as well.
   *
   * @param options `signal` ends it early; `onProgress` is told the fraction sent, 0 to 1
   * @returns seconds sent: less than the recording if `signal` was aborted
   * @throws {AlieError} (as a rejection) the session ended
   */
  sendAll(
    samples: Int16Array,
    options?: { signal?: AbortSignal; onProgress?: (fraction: number) => void },
  ): Promise<number>;

  /**
   * Asks for finals of all that was said so far; the session goes on. After a cut it is asked again.
   *
   * @returns once they have come
   * @throws {Error} (as a rejection) the session is neither live nor reconnecting
   * @throws {AlieError} (as a rejection) the session ended
   */
  flush(): Promise<void>;

  /** Says that no audio will come for a while, so that the server can rest its engine. */
  pause(): void;

  /** Says that audio will come again. Sending some says the same. */
  unpause(): void;

  /**
   * Ends the session: no audio is taken any more, and the last words are waited for. Give it the microphone's remainder
   * first (`await microphone.stop()`). May be called while connecting or reconnecting, and again; a cut is mended as before.
   *
   * @returns the summary, when every word has come
   * @throws {AlieError} (as a rejection) the session ended otherwise; "close" says what may be missing
   */
  stop(): Promise<Summary>;

  /** Closes at once. Words on their way are lost; "close" comes with the code `ABORTED`. */
  abort(): void;

  addEventListener<K extends keyof AlieClientEvents>(
    type: K,
    listener: (event: AlieClientEvents[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

/**
 * Why a microphone could not be opened: no secure context; the user or a policy refused; there is none, or not the chosen
 * one; another application holds it; the worklet's module could not be fetched; anything else.
 */
export type MicrophoneCode =
  | "INSECURE_CONTEXT"
  | "MICROPHONE_REFUSED"
  | "MICROPHONE_MISSING"
  | "MICROPHONE_BUSY"
  | "WORKLET_FAILED"
  | "MICROPHONE_FAILED";

export class MicrophoneError extends Error {
  constructor(code: MicrophoneCode, message: string);
  readonly code: MicrophoneCode;
}

export interface MicrophoneOptions {
  /** As `Microphone.list()` gives it; empty for the default one. */
  deviceId?: string;
  /** Rate of the frames, whatever the device's own is: it is resampled with an anti-aliasing filter. Default 16000. */
  sampleRate?: number;
  /** Length of a frame in samples. Default 1600, which is 100 ms. */
  frameSamples?: number;
  /** Silence after which "silent" is said. Default 5. */
  silentAfterSeconds?: number;
  /** Where `pcm-worklet.js` is. Default beside this module. */
  workletUrl?: string | URL;
}

export interface Frame {
  pcm: Int16Array;
  /** Half the span from the lowest to the highest sample, 0 to 1. */
  peak: number;
  /** Root of the mean square around the mean, 0 to 1. */
  rms: number;
  /** When its last sample reached the page. */
  capturedAt: number;
}

export interface MicrophoneEvents {
  /** The next piece of sound. */
  frame: CustomEvent<Frame>;
  /** Next to nothing was heard for `silentAfterSeconds`; `zeros`: nothing at all, as from a switched-off microphone. */
  silent: CustomEvent<{ zeros: boolean; seconds: number }>;
  /** After "silent": it hears again. */
  sound: CustomEvent<{}>;
  /** The device or the system mutes it. */
  muted: CustomEvent<{}>;
  unmuted: CustomEvent<{}>;
  /** It is gone; no more frames will come. Open another one. */
  unplugged: CustomEvent<{}>;
  /** The browser has suspended its audio; `resume()` asks for it back. */
  suspended: CustomEvent<{}>;
  running: CustomEvent<{}>;
}

/** A microphone, opened once and closed once. Call `start()` from a click: some browsers give no sound otherwise. */
export class Microphone extends EventTarget {
  constructor(options?: MicrophoneOptions);

  /** The microphones there are. Before the user has allowed one, browsers hide names or all of them. */
  static list(): Promise<{ deviceId: string; label: string }[]>;

  /** Name of the open device, else empty. */
  readonly label: string;
  /** Id of the open device, else empty. */
  readonly deviceId: string;

  /**
   * Asks for the permission and begins to capture.
   *
   * @throws {MicrophoneError} (as a rejection)
   */
  start(): Promise<void>;

  /** Asks for the sound back after "suspended". */
  resume(): void;

  /** Ends the capture. @returns when its last samples have come as a "frame" */
  stop(): Promise<void>;

  addEventListener<K extends keyof MicrophoneEvents>(
    type: K,
    listener: (event: MicrophoneEvents[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
}
