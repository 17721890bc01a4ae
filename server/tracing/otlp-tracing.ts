/** Traces sent to an OpenTelemetry collector by OTLP/HTTP. */
import { AsyncLocalStorage } from 'node:async_hooks'
import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span as OtelSpan,
  type Tracer,
} from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { version } from '../version.ts'
import type {
  Attributes,
  RequestTrace,
  Span,
  TraceHeaders,
  Tracing,
  TracingLog,
  TracingSettings,
} from './tracing.ts'

/** A collector that takes longer has not got them. */
const exportMs = 1500
/** What is left at the end has so long to reach the collector: the server has to end within ten seconds. */
const farewellMs = 2000

/** Where a step stands: its place in the trace, and whether its request is still served. */
interface Place {
  context: Context
  request: { ended: boolean }
}

export class OtlpTracing implements Tracing {
  readonly #provider: TracerProvider
  readonly #tracer: Tracer
  readonly #places = new AsyncLocalStorage<Place>()
  readonly #propagator = new W3CTraceContextPropagator()
  readonly #tell: (...words: unknown[]) => void

  constructor({ endpoint, headers, serviceName, share }: TracingSettings, log: TracingLog) {
    const tell = (...words: unknown[]): void => log.warn({ words: words.map(String) }, 'Traces')
    this.#tell = tell
    const logger = { error: tell, warn: tell, info: tell, debug: tell, verbose: tell }
    diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
    const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`
    const exporter = new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: exportMs })
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': serviceName, 'service.version': version }),
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) }),
      spanProcessors: [new BatchSpanProcessor({ exporter, exportTimeoutMillis: exportMs })],
    })
    this.#tracer = this.#provider.getTracer('vetspace', version)
  }

  request({ traceparent, tracestate }: TraceHeaders): RequestTrace {
    const carrier = { ...(traceparent && { traceparent }), ...(tracestate && { tracestate }) }
    const caller = this.#propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter)
    const span = this.#tracer.startSpan('request', { kind: SpanKind.SERVER }, caller)
    const request = { ended: false }
    return {
      traceId: span.spanContext().traceId,
      run: (work) => this.#places.run({ context: trace.setSpan(caller, span), request }, work),
      end({ name, attributes, failed }) {
        request.ended = true
        span.updateName(name)
        span.setAttributes({ ...attributes })
        if (failed) span.setStatus({ code: SpanStatusCode.ERROR })
        span.end()
      },
    }
  }

  async step<T>(name: string, attributes: Attributes, work: (span: Span) => Promise<T>): Promise<T> {
    const place = this.#place()
    if (!place) return await work({ set: () => undefined })
    const options = { kind: SpanKind.INTERNAL, attributes: { ...attributes } }
    const span = this.#tracer.startSpan(name, options, place.context)
    const inside = { ...place, context: trace.setSpan(place.context, span) }
    try {
      return await this.#places.run(inside, () => work({ set: (more) => span.setAttributes({ ...more }) }))
    } catch (error) {
      fault(span, error)
      throw error
    } finally {
      span.end()
    }
  }

  passedOn(): Readonly<Record<string, string>> {
    const carrier: Record<string, string> = {}
    const place = this.#place()
    if (place) this.#propagator.inject(place.context, carrier, defaultTextMapSetter)
    return carrier
  }

  /** What a request began and goes on after it, as the listening for changes, is not its own any more. */
  #place(): Place | undefined {
    const place = this.#places.getStore()
    return place?.request.ended === false ? place : undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, farewellMs)))
    // A collector that is away keeps no server from ending.
    await Promise.race([this.#provider.shutdown().catch(this.#tell), late])
    clearTimeout(timer)
  }
}

/** The class of an error alone: its message may quote what a person wrote. */
const fault = (span: OtelSpan, error: unknown): void => {
  span.setAttribute('error.type', error instanceof Error ? error.name : 'unknown')
  span.setStatus({ code: SpanStatusCode.ERROR })
}
