/** An OpenTelemetry collector's OTLP/HTTP receiver, as far as traces in JSON go: it keeps what comes. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** https://github.com/open-telemetry/opentelemetry-proto, trace.proto, in JSON. */
interface OtlpValue {
  stringValue?: string
  intValue?: number | string
  doubleValue?: number
  boolValue?: boolean
}
interface OtlpAttribute {
  key: string
  value: OtlpValue
}
interface OtlpSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: OtlpAttribute[]
  status: { code?: number }
}
interface OtlpTraces {
  resourceSpans: {
    resource: { attributes: OtlpAttribute[] }
    scopeSpans: { spans: OtlpSpan[] }[]
  }[]
}

export interface ReceivedSpan extends Omit<OtlpSpan, 'attributes'> {
  attributes: Record<string, unknown>
  service: unknown
}

const valuesOf = (attributes: readonly OtlpAttribute[]): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0] as unknown]))

export class TraceReceiver implements AsyncDisposable {
  readonly #server = createServer((request, response) => {
    void text(request).then((body) => {
      this.asked.push(`${request.method} ${request.url}`)
      this.headers.push(request.headers)
      this.bodies.push(body)
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"partialSuccess":{}}')
    })
  })
  readonly asked: string[] = []
  readonly headers: IncomingHttpHeaders[] = []
  readonly bodies: string[] = []

  static async open(): Promise<TraceReceiver> {
    const receiver = new TraceReceiver()
    receiver.#server.listen(0, '127.0.0.1')
    await once(receiver.#server, 'listening')
    return receiver
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get spans(): ReceivedSpan[] {
    return this.bodies.flatMap((body) =>
      (JSON.parse(body) as OtlpTraces).resourceSpans.flatMap(({ resource, scopeSpans }) =>
        scopeSpans.flatMap(({ spans }) =>
          spans.map((span) => ({
            ...span,
            attributes: valuesOf(span.attributes),
            service: valuesOf(resource.attributes)['service.name'],
          })),
        ),
      ),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
