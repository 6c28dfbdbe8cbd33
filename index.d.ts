// The public types of `headroom`, generated from ts/ by `npm run build:ts`. Do not edit.
//#region ts/result.d.ts
/** What a call gives back: the messages, the account of what was done, and the plan behind it. */
/** Names of the wire formats. */
type FormatName = "openai" | "responses" | "anthropic" | "gemini" | "bedrock" | "ai-sdk" | "langchain";
/** Who wrote a block. */
type Role = "system" | "user" | "assistant" | "tool";
/** How tokens were counted: exactly with a public vocabulary, or as a labelled estimate. */
type Tokenizer = "o200k_base" | "cl100k_base" | "estimate";
/** A path from the messages array to a value: indexes and keys. */
type Path = readonly (string | number)[];
/** Why a block is as it is now. Codes are stable; later versions may add some. */
type Verdict = "compressed" | "lossless" | "excluded_tool" | "user_message" | "system_message" | "assistant_message" | "below_min" | "not_smaller" | "no_retrieval" | "no_compressor" | "not_asked" | "read_again" | "already_compressed" | "error_result" | "undecodable" | "opaque" | "hook" | "error";
/** One text of the request. */
interface BlockReport {
  /** Where it is. */
  path: Path;
  /** Index of its message. */
  message: number;
  /** Who wrote it. */
  role: Role;
  /** The tool that produced it, where known. */
  tool: string | null;
  /** What the text is: `json`, `text`, … */
  kind: string;
  /** What came of it, and why. */
  verdict: Verdict;
  /** Tokens before. */
  tokensBefore: number;
  /** Tokens after. */
  tokensAfter: number;
  /** The ref that gives the original back, when parts were left out. */
  ref: string | null;
}
/** Something to know; never a reason to fail. */
interface Warning {
  /** Stable code: `volatile_uuid`, `hook_failed`, `store_failed`, `kompress_unavailable`, `not_serialisable`, … */
  code: string;
  /** Where: a path written out (`messages[3].content`), a hook, or empty. */
  at: string;
  /** One sentence. */
  message: string;
}
/** The result of `compress`, `compressSync` and `simulate`. Token fields count the texts of all blocks. */
interface CompressResult<M = unknown> {
  /** The messages to send. Untouched ones are the very objects passed in; so is the array when none changed. */
  messages: M[];
  /** Tokens before. */
  tokensBefore: number;
  /** Tokens after. */
  tokensAfter: number;
  /** Before − after. */
  tokensSaved: number;
  /** After ÷ before: 0.4 means that 40 % is left. 1 when there was nothing to count. */
  compressionRatio: number;
  /** What counted the tokens. */
  tokenizer: Tokenizer;
  /** Names of what was done, distinct, in order of first use. */
  transformsApplied: string[];
  /** Refs shown in the messages, in order. Each can be given to `retrieve`. */
  refs: string[];
  /** Every text of the request with its verdict, in order. */
  blocks: BlockReport[];
  /** What to know. */
  warnings: Warning[];
}
interface DecisionFields {
  /** Where the block is. */
  readonly path: Path;
  /** Index of its message. */
  readonly message: number;
  /** Who wrote it. */
  readonly role: Role;
  /** The tool that produced it, where known. */
  readonly tool: string | null;
  /** What the text is. */
  readonly kind: string;
  /** Its tokens before. */
  readonly tokens: number;
}
/** Leave a block as it is. */
interface KeepDecision extends DecisionFields {
  action: "keep";
  /** Why; `hook` is the reason to write when a hook decides. */
  reason: Verdict;
}
/** Hand a block to a compressor. */
interface CompressDecision extends DecisionFields {
  action: "compress";
  /** Name of the compressor. */
  with: string;
  /** Parts may be left out. Has no effect without `ccr`. */
  elide: boolean;
  /** 1 is neutral; above keeps more, below keeps less. */
  bias: number;
}
/** What shall happen to one block. To change it in a hook, replace or edit the entry in `plan.decisions`. */
type Decision = KeepDecision | CompressDecision;
/** One decision per block, in the order of the request: edit entries, but do not add, drop or reorder them. */
interface CompressionPlan {
  /** The wire format that was named or sniffed. */
  readonly format: FormatName;
  /** The decisions. */
  decisions: Decision[];
}
//#endregion
//#region ts/errors.d.ts
/**
* The errors of Headroom: one family, recognised by a marker instead of `instanceof`, so that an error made by
* another copy of the package (the other build, another version) is recognised too.
*
* A throw means that the call itself makes no sense, was cancelled, or that the addon is missing. What goes
* wrong while compressing is never thrown; it is a warning in the result.
*/
/** Why a call makes no sense. */
type ValidationCode = "invalid_options" | "invalid_format" | "invalid_json" | "invalid_plan" | "invalid_ref" | "invalid_selection";
/** Why a store cannot be used. */
type StoreCode = "store" | "closed";
/** Stable reasons; the wording of messages may change, codes may not. */
type HeadroomErrorCode = ValidationCode | StoreCode | "not_decodable" | "model" | "aborted" | "addon_not_loaded" | "start_refused" | "internal";
/** What an error is made of. */
interface HeadroomErrorFields<C extends HeadroomErrorCode = HeadroomErrorCode> {
  /** Which kind of failure this is. */
  code: C;
  /** One line: what could not be done. */
  title: string;
  /** Where and why: a sentence, or the error underneath. */
  cause?: unknown;
  /** What to do about it. */
  hint?: string | undefined;
}
/** Base of every error Headroom throws. `message` holds title, cause and hint, one a line. */
declare class HeadroomError<C extends HeadroomErrorCode = HeadroomErrorCode> extends Error {
  /** Stable, machine-readable reason. */
  readonly code: C;
  /** One line: what could not be done. */
  readonly title: string;
  /** What to do about it, if there is something. */
  readonly hint: string | undefined;
  constructor(fields: HeadroomErrorFields<C>);
  /** True for every error of the family, whichever copy of the package made it. */
  static isInstance(error: unknown): error is HeadroomError;
  /** Makes an instance recognisable; not enumerable, so that printing an error stays readable. */
  protected mark(marker: symbol): void;
}
/** The call makes no sense: options, messages, a ref, a selection or a plan are not what they must be. */
declare class HeadroomValidationError extends HeadroomError<ValidationCode> {
  constructor(fields: HeadroomErrorFields<ValidationCode>);
  static override isInstance(error: unknown): error is HeadroomValidationError;
}
/** The store of originals failed, or was closed. */
declare class HeadroomStoreError extends HeadroomError<StoreCode> {
  constructor(fields: HeadroomErrorFields<StoreCode>);
  static override isInstance(error: unknown): error is HeadroomStoreError;
}
/** A text is not one of ours, or parts were left out of it, so it cannot be decoded back. */
declare class HeadroomDecodeError extends HeadroomError<"not_decodable"> {
  constructor(fields: HeadroomErrorFields<"not_decodable">);
  static override isInstance(error: unknown): error is HeadroomDecodeError;
}
/** The caller's signal was aborted. `name` is `AbortError` as everywhere; `cause` is the signal's reason. */
declare class HeadroomAbortError extends HeadroomError<"aborted"> {
  constructor(reason?: unknown);
  static override isInstance(error: unknown): error is HeadroomAbortError;
}
/** The native addon could not be loaded on this machine. */
declare class HeadroomLoadError extends HeadroomError<"addon_not_loaded"> {
  constructor(fields: HeadroomErrorFields<"addon_not_loaded">);
  static override isInstance(error: unknown): error is HeadroomLoadError;
}
//#endregion
//#region ts/stages.d.ts
/** The stages in their order. `compress` fires the first eight; the doors that send (`headroomFetch`, proxy) fire all. */
declare const PipelineStage: {
  /** An extension meets this instance for the first time. */readonly SETUP: "SETUP"; /** Before the first request of this instance. */
  readonly PRE_START: "PRE_START"; /** Ready for the first request. */
  readonly POST_START: "POST_START"; /** Messages came in. */
  readonly INPUT_RECEIVED: "INPUT_RECEIVED"; /** What breaks the provider's prompt cache is known (CacheAligner). */
  readonly INPUT_CACHED: "INPUT_CACHED"; /** Every block has its decision (ContentRouter). */
  readonly INPUT_ROUTED: "INPUT_ROUTED"; /** Compressed. */
  readonly INPUT_COMPRESSED: "INPUT_COMPRESSED"; /** Originals of what was left out are in the store. */
  readonly INPUT_REMEMBERED: "INPUT_REMEMBERED"; /** Before the request leaves. */
  readonly PRE_SEND: "PRE_SEND"; /** The request has left, and the head of its answer is here. Hidden rounds are part of the answer. */
  readonly POST_SEND: "POST_SEND";
  /**
  * The answer is complete, or broke off. `headroomFetch` fires it with the head of an answer that it does not read: one
  * that needs no rewriting is the very response of the `fetch` underneath.
  */
  readonly RESPONSE_RECEIVED: "RESPONSE_RECEIVED";
};
/** Name of a stage. */
type PipelineStage = (typeof PipelineStage)[keyof typeof PipelineStage];
/** What a caller asked for, or which door its request goes through: one around a client's `fetch`, or a proxy. */
type Operation = "compress" | "simulate" | "fetch" | "proxy";
/** A request on the wire, as events name it. It is the same object in all events of one request. */
interface WireRequest {
  /** Unique; in the proxy it is the answer's `x-headroom-request-id`. */
  readonly id: string;
  /** Its wire format. */
  readonly format: FormatName;
  /** What is asked for: an answer, its number of tokens, or one over a connection that stays open. */
  readonly kind: "generate" | "count" | "live";
  /** Who answers, where the door knows: `anthropic`, `openai`, … */
  readonly provider?: string | undefined;
}
/** Tokens as the provider counts them; the parts are disjoint, and what it does not say is not there. */
interface WireUsage {
  /** Prompt at full price. */
  readonly input?: number;
  /** Prompt read from the provider's cache. */
  readonly cacheRead?: number;
  /** Prompt written to it. */
  readonly cacheWrite?: number;
  /** Output, reasoning included. */
  readonly output?: number;
}
/** An answer on the wire; never its texts. */
interface WireResponse {
  /** Its status. */
  readonly status: number;
  /** It is a stream. */
  readonly stream?: boolean;
  /** It broke off, or is an error of the proxy's own. */
  readonly failed?: boolean;
  /** What it cost, hidden rounds included. */
  readonly usage?: WireUsage;
  /** Rounds the client did not see. */
  readonly hiddenRounds?: number;
}
/** One event. Fields are there once they are known. */
interface PipelineEvent {
  /** Which point was reached. */
  readonly stage: PipelineStage;
  /** What the caller asked for. */
  readonly operation: Operation;
  /** The model named in the options, or in the request on the wire. */
  readonly model: string | undefined;
  /**
  * The messages as passed in; from `INPUT_COMPRESSED` on those of the result. On the wire they are parsed when looked
  * at; changing them changes nothing.
  */
  readonly messages: readonly unknown[];
  /** The plan, from `INPUT_CACHED` on. */
  readonly plan?: CompressionPlan;
  /** The result, from `INPUT_COMPRESSED` on. */
  readonly result?: CompressResult;
  /** The request, where there is one on the wire: all stages but the first three. */
  readonly request?: WireRequest;
  /** The answer: its head at `POST_SEND`, all of it at `RESPONSE_RECEIVED`. */
  readonly response?: WireResponse;
}
/** Listens to every stage. A throw becomes a `hook_failed` warning; the request goes on. */
interface PipelineExtension {
  /** Shown in warnings. */
  readonly name?: string;
  /** Called at every stage, in the order of the list. */
  onPipelineEvent(event: PipelineEvent): void | PromiseLike<void>;
}
/** A `PipelineExtension` for `compressSync`: it must not return a promise. */
interface SyncPipelineExtension extends PipelineExtension {
  /** See `PipelineExtension`. */
  onPipelineEvent(event: PipelineEvent): void | undefined;
}
//#endregion
//#region ts/hooks.d.ts
/** What a hook may look at. */
interface HookContext {
  /** The model named in the options. */
  readonly model: string | undefined;
  /** The messages as passed in. On the wire they are parsed when looked at; changing them changes nothing. */
  readonly messages: readonly unknown[];
  /**
  * What is going to happen. `preCompress` may change its decisions. On the wire paths begin at the request:
  * `['messages', 3, 'content']`.
  */
  readonly plan: CompressionPlan;
  /** The request, where there is one on the wire. */
  readonly request?: WireRequest;
}
/** How much of blocks is kept: 1 is neutral, 2 keeps about twice as much, 0.5 half. By index into `plan.decisions`. */
type Biases = readonly (number | undefined)[] | Readonly<Record<number, number>>;
/** Callbacks into one compression; each optional. */
interface CompressionHooks {
  /** Runs first: says how much of each block is kept where parts may be left out. */
  computeBiases?: ((context: HookContext) => Biases | undefined | PromiseLike<Biases | undefined>) | undefined;
  /** Runs before anything is compressed and may edit `context.plan.decisions`. */
  preCompress?: ((context: HookContext) => void | PromiseLike<void>) | undefined;
  /** Sees the result before the caller does. */
  postCompress?: ((result: CompressResult) => void | PromiseLike<void>) | undefined;
}
/** `CompressionHooks` for `compressSync`: none may return a promise. */
interface SyncCompressionHooks {
  /** See `CompressionHooks`. */
  computeBiases?: ((context: HookContext) => Biases | undefined) | undefined;
  /** See `CompressionHooks`. */
  preCompress?: ((context: HookContext) => void | undefined) | undefined;
  /** See `CompressionHooks`. */
  postCompress?: ((result: CompressResult) => void | undefined) | undefined;
}
//#endregion
//#region ts/retrieve.d.ts
/** Which part of an original to give back; the first page when nothing is asked. */
interface Selection {
  /** Lines `a-b`, counted from 1, both included. */
  lines?: string | undefined;
  /** Rows `a-b` of the array at `path`, or of the document's main array; counted from 1, both included. */
  rows?: string | undefined;
  /** A JSON path, e.g. `$.items[3].name`. */
  path?: string | undefined;
  /** Words to look for; the best matching parts come back. */
  query?: string | undefined;
  /** Size of the page in tokens. */
  maxTokens?: number | undefined;
}
/** Where `retrieve` looks. Apart from the selection, which may be a model's words and must not choose a file. */
interface RetrieveOptions {
  /** The durable store shared with the command line by default. */
  store?: StoreOption | undefined;
}
/** A page of an original. */
interface Retrieved {
  /** False when the original was never here or is gone. */
  found: boolean;
  /** The page, verbatim; when nothing was found a sentence for the model that says what to do instead. */
  text: string;
  /** The selection that reads on, as `rows 41-80`, or null at the end. */
  next: string | null;
}
/**
* Gives back what was left out of a text, a page at a time. A ref that is not in the store is an answer, not
* an error: `found` is false and `text` can be handed to the model as it is. The input of a call of the
* `headroom_retrieve` tool can be passed as the selection: `retrieve(input.ref, input)`.
*/
declare function retrieve(ref: string, selection?: Selection, options?: RetrieveOptions): Promise<Retrieved>;
/**
* The source text of a lossless re-spelling: the same JSON up to insignificant whitespace. Throws a
* `HeadroomDecodeError` for a text that is none, or that has parts left out (use `retrieve`).
*
* A text that points to earlier tool outputs is read with them: `above` are the texts of all tool outputs before it in
* the conversation, as they were sent, but for those of `headroom_retrieve`.
*/
declare function decode(text: string, above?: readonly string[]): string;
/** A number of tokens and what counted them. */
interface TokenCount {
  /** How many. */
  tokens: number;
  /** Exact for a public vocabulary, else `estimate`. */
  tokenizer: Tokenizer;
}
/** Counts the tokens of a text for a model. */
declare function countTokens(text: string, model?: string): TokenCount;
/** A tool definition in the shape a format's list of tools holds: `tools`, Gemini's `functionDeclarations`, Bedrock's `toolConfig.tools`. */
type ToolDefinition = Record<string, unknown>;
/**
* The `headroom_retrieve` tool to offer to the model with every request of a conversation that is compressed
* with `ccr`. Its calls are answered with `retrieve(input.ref, input)`.
*/
declare function retrieveTool(format?: FormatName): ToolDefinition;
//#endregion
//#region ts/totals.d.ts
/** Sums of tokens. */
interface TokenSums {
  /** Tokens before. */
  tokensBefore: number;
  /** Tokens after. */
  tokensAfter: number;
  /** Before − after. */
  tokensSaved: number;
  /** After ÷ before; 1 when nothing was counted. */
  compressionRatio: number;
}
/** What was done so far, over all calls. Simulations do not count. */
interface HeadroomStats extends TokenSums {
  /** Calls that gave a result. */
  calls: number;
}
//#endregion
//#region ts/headroom.d.ts
/** Compression with defaults and a store of its own. */
declare class Headroom {
  #private;
  /** Throws a `HeadroomValidationError` for options that make no sense. Nothing is opened yet. */
  constructor(options?: HeadroomOptions);
  /** Like the free `compress`, with this instance's options underneath and its store. */
  compress<M>(messages: readonly M[], options?: CompressOptions): Promise<CompressResult<M>>;
  /** Like the free `compressSync`. */
  compressSync<M>(messages: readonly M[], options?: SyncCompressOptions): CompressResult<M>;
  /** Like the free `simulate`. */
  simulate<M>(messages: readonly M[], options?: CompressOptions): Promise<CompressResult<M>>;
  /** Like the free `retrieve`, from this instance's store. */
  retrieve(ref: string, selection?: Selection): Promise<Retrieved>;
  /** What was saved so far. */
  stats(): HeadroomStats;
  /** Lets go of the store; a memory store is gone with it. Later calls throw a `HeadroomStoreError`. */
  close(): void;
}
//#endregion
//#region ts/store.d.ts
/**
* Nothing: the durable store shared with the command line and every process of this user. `'memory'`: this
* process' memory. An address such as `redis://host:6379`, or `rediss://` for TLS: a Redis or Valkey server, which
* any number of machines share. Any other string: a file. A `Headroom`: that instance's store.
*/
type StoreOption = "memory" | (string & {}) | Headroom;
//#endregion
//#region ts/options.d.ts
/** Options of `compress` and `simulate`. */
interface CompressOptions {
  /** Model the messages are for; chooses the tokenizer. */
  model?: string | undefined;
  /** Shape of the messages (OpenAI's `input` items, Gemini's `contents` are messages, too); found out when absent. */
  format?: FormatName | undefined;
  /**
  * Parts may be left out, because the model is offered `retrieveTool()`. Off by default: then only lossless
  * transforms run.
  */
  ccr?: boolean | undefined;
  /**
  * Source code may lose the bodies of its functions; only with `ccr`. Off by default. File tools (`Read` and
  * the like) stay excluded even then; take one out with `excludeTools: ['!Read']`.
  */
  codeAware?: boolean | undefined;
  /** What matters now, when it is not the user's latest question. */
  query?: string | undefined;
  /** Wanted size of a compressed block as after ÷ before, above 0 and at most 1. */
  targetRatio?: number | undefined;
  /** Wanted size of the whole request in tokens. */
  tokenBudget?: number | undefined;
  /** Compress user messages as well. */
  compressUserMessages?: boolean | undefined;
  /**
  * Tool names to leave alone, added to the built-in ones; `*` matches any run of characters, a leading `!`
  * takes a name out again.
  */
  excludeTools?: readonly string[] | undefined;
  /** Blocks under this many tokens are left alone; 250 by default. */
  minTokens?: number | undefined;
  /**
  * What stands in an earlier tool output of the same messages already becomes a pointer to it. On by default; turn it
  * off if messages are taken out after compressing.
  */
  dedup?: boolean | undefined;
  /**
  * Prose is judged by a language model as well: `true` for the model installed with `headroom model install`.
  * Needs `ccr` to have an effect, and the npm package `onnxruntime-node`. Off by default; nothing is loaded
  * before a text is to be judged. Without model or library a warning says so and prose is compressed as without
  * this option.
  */
  kompress?: boolean | KompressOptions | undefined;
  /** Callbacks into this compression. */
  hooks?: CompressionHooks | undefined;
  /** Listeners to the pipeline's stages. */
  extensions?: readonly PipelineExtension[] | undefined;
  /** Cancels the call: before it starts, in the queue, or between two blocks. */
  signal?: AbortSignal | undefined;
  /** Where originals go; the durable store shared with the command line by default. */
  store?: StoreOption | undefined;
}
/** Options of `compressSync`. */
interface SyncCompressOptions extends CompressOptions {
  /** Callbacks into this compression. */
  hooks?: SyncCompressionHooks | undefined;
  /** Listeners to the pipeline's stages. */
  extensions?: readonly SyncPipelineExtension[] | undefined;
}
/** How a language model judges prose. */
interface KompressOptions {
  /** The model: the name of an installed one, or the path of its folder. Without it the only one installed. */
  model?: string | undefined;
  /** Leave out single words of sentences that stay, too, where the model says that nothing is lost. */
  wordLevel?: boolean | undefined;
  /**
  * Path of the ONNX Runtime library, or of a folder that holds it. Default: `HEADROOM_ONNXRUNTIME`, else the one in
  * `onnxruntime-node`. A process keeps the first library it loads.
  */
  runtime?: string | undefined;
}
/** Who has a say in requests on the wire. */
interface ListenOptions {
  /** Callbacks into the compression of each request. */
  hooks?: CompressionHooks | undefined;
  /** Listeners to the pipeline's stages. */
  extensions?: readonly PipelineExtension[] | undefined;
  /**
  * How long a request waits for hooks and extensions, in seconds: before it is made smaller, after that, and before it
  * is sent. What is late is a `hook_failed` warning, and the request goes on without it. 10 by default.
  */
  hookTimeout?: number | undefined;
}
/** Options of a `Headroom`: defaults for its calls, and its store. */
type HeadroomOptions = Omit<CompressOptions, "signal">;
//#endregion
//#region ts/wire.d.ts
/** How requests on the wire are treated. */
interface WireOptions extends Pick<CompressOptions, "codeAware" | "compressUserMessages" | "dedup" | "excludeTools" | "minTokens" | "targetRatio" | "tokenBudget"> {
  /**
  * How the model reads back what was left out. `'hidden'`: by a tool that is offered where a request has tools, and
  * whose calls the client never sees. `'mcp'`: by the client's own. `'off'`: not at all, and then nothing is left
  * out. `'hidden'` by default.
  */
  ccr?: "hidden" | "mcp" | "off" | undefined;
  /** Hidden rounds an answer may take; 3 by default. */
  maxRounds?: number | undefined;
  /** The usage a client sees after hidden rounds: what is paid, or what fills the context. `'sum'` by default. */
  usage?: "sum" | "last" | undefined;
  /** Help for the provider's prompt cache: tools in the order of their names and, where the client gives no hints,
  * breakpoints for Anthropic, `prompt_cache_key` for OpenAI. `false` by default. */
  cacheHints?: boolean | undefined;
  /** Where originals and hidden rounds are kept; the durable store shared with the command line by default. */
  store?: StoreOption | undefined;
}
/** What was done with a request; see `CompressResult`. */
type WireReport = Omit<CompressResult, "messages">;
/** What to do next: read on, call `settle`, or nothing more. */
type Step = "more" | "settle" | "done";
//#endregion
//#region ts/ccr-stream.d.ts
/** Options of a `CcrStream`. */
interface CcrStreamOptions extends Pick<WireOptions, "maxRounds" | "store" | "usage"> {
  /** The request's JSON as it would be sent, compressed with `ccr` in that store. */
  body: string | Uint8Array;
  /** The `content-type` of the answers; `text/event-stream` by default. `application/json` for one in one piece. */
  contentType?: string | undefined;
  /** The answers are streams although their `content-type` does not say so: Gemini's without `alt=sse`. */
  stream?: boolean | undefined;
  /** The model, where the address names it and not the body. */
  model?: string | undefined;
}
/** What the client gets, and what to do next. */
interface CcrStep {
  /** For the client; may be empty. */
  bytes: Uint8Array;
  /** `'more'`: push the next chunk. `'settle'`: stop reading this answer and call `settle`. `'done'`: that was all. */
  step: Step;
}
/** What came of hidden calls. */
interface CcrSettled {
  /** For the client; may be empty. */
  bytes: Uint8Array;
  /** The request to send next, whose answer is to be pushed; `null`: that was all. */
  body: Uint8Array | null;
}
/**
* One request and its answer, whose calls of `headroom_retrieve` the client never sees.
*
* ```js
* const ccr = new CcrStream('anthropic', { body })
* let next = ccr.request
* while (next) {
*   let step = 'more'
*   for await (const chunk of await send(next)) {
*     const pushed = ccr.push(chunk)
*     step = pushed.step
*     client.write(pushed.bytes)
*     if (step !== 'more') break
*   }
*   if (step === 'more') ({ step } = show(ccr.end()))
*   next = step === 'settle' ? show(await ccr.settle()).body : null
* }
* ```
*/
declare class CcrStream {
  #private;
  /** The request to send first: the body, with the tool if it was not there, and hidden rounds of earlier answers. */
  readonly request: Uint8Array;
  /** Throws a `HeadroomValidationError` for a body that is no request, or one that cannot be offered the tool. */
  constructor(format: FormatName, options: CcrStreamOptions);
  /** A chunk of an answer with a status of 2xx. */
  push(chunk: Uint8Array): CcrStep;
  /** The answer ended without being broken off. */
  end(): CcrStep;
  /** The answer broke off, or the request of a later round was refused: an error in the provider's shape. */
  broke(why: string): Uint8Array;
  /** After `'settle'`: answers the hidden calls from the store, off the event loop. */
  settle(): Promise<CcrSettled>;
}
//#endregion
//#region ts/outgoing.d.ts
/** What a door does with requests. */
type DoorMode = "optimize" | "audit" | "simulate";
//#endregion
//#region ts/around.d.ts
/** What is known of a request that is reported. */
interface ReportedRequest {
  /** Its wire format. */
  readonly format: FormatName;
  /** An answer was asked for, a number of tokens, or many answers later. */
  readonly kind: "generate" | "count" | "batch";
  /** The model, where the address names it and not the body. */
  readonly model: string | undefined;
  /** What was done with it. */
  readonly mode: DoorMode;
}
/** Options of every door that stands before requests on the wire. */
interface DoorOptions extends WireOptions, ListenOptions {
  /**
  * `'optimize'`: requests go on smaller. `'audit'`: they go on as they are, and what could be saved is reported.
  * `'simulate'`: none for a model is sent; the report is its answer. `'optimize'` by default. The header
  * `x-headroom-mode` of a request says otherwise for that one.
  */
  mode?: DoorMode | undefined;
  /** Told what was done with each request that was read, before it is sent. */
  onReport?: ((report: WireReport, request: ReportedRequest) => void) | undefined;
}
//#endregion
//#region ts/client.d.ts
/** One request for a model. */
interface RequestMetrics extends ReportedRequest, Omit<WireReport, "blocks"> {
  /** When it was read, in milliseconds since 1970. */
  readonly timestamp: number;
}
/** What a `HeadroomClient` has besides everything that the client has. */
interface HeadroomAccount {
  /** What would be done with the messages of a request (`messages`, `input` or `contents`); nothing is sent or stored. */
  simulate(request: object): Promise<CompressResult>;
  /** The latest requests for a model, 1000 at most, the oldest first. */
  getMetrics(filter?: {
    limit?: number | undefined;
  }): RequestMetrics[];
  /**
  * Sums over requests for an answer; in `audit` and `simulate` they say what could have been saved. Nothing is spent on
  * counting tokens, and what a batch costs is told some other time. `failures`: what went wrong here, and left requests
  * as they were.
  */
  stats(): HeadroomStats & {
    failures: number;
  };
}
/** Client and account in one. */
type HeadroomClient<T extends object> = T & HeadroomAccount;
/** How one is made. */
interface HeadroomClientConstructor {
  /**
  * Throws a `HeadroomValidationError` for a client of none of the SDKs that have a door, and for options that make no
  * sense. The client passed in stays as it is.
  */
  new <T extends object>(client: T, options?: DoorOptions): HeadroomClient<T>;
}
/**
* A client of the `openai`, `@anthropic-ai/sdk`, `@google/genai` or `@aws-sdk/client-bedrock-runtime` package with
* everything it has, whose requests are made smaller (`mode: 'optimize'`) or only measured (`'audit'`, `'simulate'`), and
* which says what that came to.
*
* ```js
* const client = new HeadroomClient(new OpenAI(), { mode: 'audit' })
* await client.chat.completions.create({ model: 'gpt-4o', messages, tools })
* client.stats().tokensSaved
* ```
*/
declare const HeadroomClient: HeadroomClientConstructor;
//#endregion
//#region ts/compress.d.ts
/**
* Makes messages smaller, off the event loop. The messages are never mutated: untouched ones come back by
* reference, and `result.messages` is the array passed in when nothing changed.
*
* Rejects only when the call makes no sense (`HeadroomValidationError`) or its signal is aborted
* (`HeadroomAbortError`). Anything else that goes wrong leaves messages as they were, with a warning.
*/
declare function compress<M>(messages: readonly M[], options?: CompressOptions): Promise<CompressResult<M>>;
/** `compress` on the calling thread. */
declare function compressSync<M>(messages: readonly M[], options?: SyncCompressOptions): CompressResult<M>;
/**
* What `compress` would do, without doing it: the same account, `messages` as passed in, nothing stored and so
* no refs.
*/
declare function simulate<M>(messages: readonly M[], options?: CompressOptions): Promise<CompressResult<M>>;
//#endregion
//#region ts/shared-context.d.ts
/** Options of a `SharedContext`. */
interface SharedContextOptions extends Pick<CompressOptions, "model" | "codeAware" | "kompress" | "minTokens" | "targetRatio"> {
  /**
  * What the context is called. Whoever opens the same name in the same store shares it, also after a restart. Without
  * one it gets a name nobody guesses, and is shared with those who are told `context.name`.
  */
  name?: string | undefined;
  /** Seconds a value stays after it was put. By default it goes when it was not used for 30 days, as originals do. */
  ttl?: number | undefined;
  /**
  * Parts of what `get` shows may be left out. On by default: `get` with `full`, and `retrieve` with the ref that is
  * named in the text, give back the original.
  */
  ccr?: boolean | undefined;
  /** Where values live; the durable store shared with every process of this user by default. */
  store?: StoreOption | undefined;
}
/** What may be said of a value. */
interface SharedPutOptions {
  /** Who leaves it. */
  agent?: string | undefined;
  /** What it is read for: decides which parts are shown where not all are. */
  query?: string | undefined;
}
/** A value that was left, with its account. */
interface SharedEntry extends TokenSums {
  /** Its key. */
  key: string;
  /** What `get` gives. */
  text: string;
  /** The ref that gives the original back, page by page, with `retrieve`. */
  ref: string;
  /** Who left it; null when that was not said. */
  agent: string | null;
  /** When, in milliseconds since 1970. */
  at: number;
  /** What counted the tokens. */
  tokenizer: Tokenizer;
  /** Names of what was done to the text. */
  transformsApplied: string[];
}
/** What `put` gives back. */
interface SharedPut extends SharedEntry {
  /** What to know; never a reason to fail. */
  warnings: Warning[];
}
/** What the values of a context come to. */
interface SharedContextStats extends TokenSums {
  /** How many there are. */
  entries: number;
}
/**
* Values that agents leave for one another. A value is compressed once, when it is put, so every reader gets the same
* bytes, and so does the prompt cache of its provider. Who puts last wins. At most 1,000 keys; beyond that the value
* put longest ago goes.
*
* ```js
* const context = new SharedContext({ name: 'incident 4711' })
* await context.put('logs', logs, { agent: 'collector', query: 'why did it fail?' })
* const prompt = await context.get('logs')                  // in any process
* const all = await context.get('logs', { full: true })     // the original, byte for byte
* ```
*
* Methods reject with a `HeadroomValidationError` when the call makes no sense and with a `HeadroomStoreError` when the
* store fails. `V` is the type of the values, as whoever puts them declares it.
*/
declare class SharedContext<V = unknown> {
  #private;
  /** What it is called. */
  readonly name: string;
  /** Throws a `HeadroomValidationError` for options that make no sense. Nothing is opened yet. */
  constructor(options?: SharedContextOptions);
  /** Leaves a value: a string, or what JSON can hold, as `JSON.stringify` writes it. When this is settled it is stored. */
  put(key: string, value: V, options?: SharedPutOptions): Promise<SharedPut>;
  /** The original: a string byte for byte, any other value as JSON gives it back. `undefined` when there is none. */
  get(key: string, options: {
    full: true;
  }): Promise<V | undefined>;
  /** The text to show to a model. `undefined` when nothing was put, or it is gone. */
  get(key: string, options?: {
    full?: false | undefined;
  }): Promise<string | undefined>;
  /** The one or the other. */
  get(key: string, options?: {
    full?: boolean | undefined;
  }): Promise<V | string | undefined>;
  /** A value with its account. `undefined` when there is none. */
  getEntry(key: string): Promise<SharedEntry | undefined>;
  /** The keys, the one put longest ago first. */
  keys(): Promise<string[]>;
  /** Takes a value away; its original stays in the store as any does. True when there was one. */
  delete(key: string): Promise<boolean>;
  /** Takes all values away; how many there were. */
  clear(): Promise<number>;
  /** What the values come to. Reads every one of them. */
  stats(): Promise<SharedContextStats>;
}
//#endregion
export { type Biases, type BlockReport, type CcrSettled, type CcrStep, CcrStream, type CcrStreamOptions, type CompressDecision, type CompressOptions, type CompressResult, type CompressionHooks, type CompressionPlan, type Decision, type DoorMode, type DoorOptions, type FormatName, Headroom, HeadroomAbortError, type HeadroomAccount, HeadroomClient, type HeadroomClientConstructor, HeadroomDecodeError, HeadroomError, type HeadroomErrorCode, type HeadroomErrorFields, HeadroomLoadError, type HeadroomOptions, type HeadroomStats, HeadroomStoreError, HeadroomValidationError, type HookContext, type KeepDecision, type KompressOptions, type ListenOptions, type Operation, type Path, type PipelineEvent, type PipelineExtension, PipelineStage, type ReportedRequest, type RequestMetrics, type RetrieveOptions, type Retrieved, type Role, type Selection, SharedContext, type SharedContextOptions, type SharedContextStats, type SharedEntry, type SharedPut, type SharedPutOptions, type StoreCode, type StoreOption, type SyncCompressOptions, type SyncCompressionHooks, type SyncPipelineExtension, type TokenCount, type TokenSums, type Tokenizer, type ToolDefinition, type ValidationCode, type Verdict, type Warning, type WireOptions, type WireReport, type WireRequest, type WireResponse, type WireUsage, compress, compressSync, countTokens, decode, retrieve, retrieveTool, simulate };