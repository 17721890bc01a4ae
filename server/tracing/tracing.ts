/** Traces: what a request did, and how long each step took. Nothing is done where no collector is configured. */

/** Values of a span: names, numbers and outcomes, never anything of a person or a record. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

export interface Span {
  set(attributes: Attributes): void
}

/** The headers of W3C Trace Context as a request brought them. */
export interface TraceHeaders {
  traceparent: string | undefined
  tracestate: string | undefined
}

export interface RequestTrace {
  /** 32 hex digits; undefined where nothing is traced. */
  readonly traceId: string | undefined
  /** Runs what serves the request, so that its steps are found to be its own. */
  run(work: () => void): void
  /** The request has been answered. */
  end(answered: { name: string; attributes: Attributes; failed: boolean }): void
}

export interface Tracing extends AsyncDisposable {
  request(headers: TraceHeaders): RequestTrace
  /** A step of the request that is served; one that is of no request, as the server's own work, is not traced. */
  step<T>(name: string, attributes: Attributes, work: (span: Span) => Promise<T>): Promise<T>
  /** What a request to another service, made for the request that is served, is to carry. */
  passedOn(): Readonly<Record<string, string>>
}

const noSpan: Span = { set: () => undefined }
const noRequest: RequestTrace = { traceId: undefined, run: (work) => work(), end: () => undefined }
const nothing = Object.freeze({})

export const untraced: Tracing = {
  request: () => noRequest,
  step: (_name, _attributes, work) => work(noSpan),
  passedOn: () => nothing,
  [Symbol.asyncDispose]: () => Promise.resolve(),
}

export interface TracingSettings {
  /** Of an OpenTelemetry collector's OTLP/HTTP receiver; `/v1/traces` is added. */
  readonly endpoint: string
  /** Sent with each export. */
  readonly headers: Readonly<Record<string, string>>
  readonly serviceName: string
  /** Share of the requests that are traced, of those that bring no decision themselves; 0 to 1. */
  readonly share: number
}

export interface TracingLog {
  warn(details: object, message: string): void
}
