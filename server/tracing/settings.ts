/** The settings of traces, by the names that OpenTelemetry gives them. */
import { z } from 'zod'
import type { TracingSettings } from './tracing.ts'

const entry = /^[!#$%&'*+.^_`|~\w-]+=[^,]*$/

const headers = z.string().transform((text, context): Record<string, string> => {
  const entries = text.split(',').map((part) => part.trim())
  if (entries.every((part) => entry.test(part)))
    return Object.fromEntries(entries.map((part) => [part.split('=', 1)[0] ?? '', decoded(part)]))
  context.addIssue({ code: 'custom', message: 'must be name=value, several separated by commas' })
  return z.NEVER
})

/** What is behind the first `=`; percent-encoded where it has to be. */
const decoded = (part: string): string => {
  const value = part.slice(part.indexOf('=') + 1)
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

export const tracingSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .string()
    .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
      error: 'must be a URL that begins with http:// or https://',
    })
    .optional()
    .describe(
      'An OpenTelemetry collector that takes OTLP over HTTP, e.g. `http://127.0.0.1:4318`: requests are traced and ' +
        'sent there. None where absent',
    ),
  OTEL_EXPORTER_OTLP_HEADERS: headers
    .optional()
    .describe('Headers that the collector wants, `name=value` separated by commas'),
  OTEL_SERVICE_NAME: z.string().min(1).default('vetspace').describe('What this server is called in traces'),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(?:0(?:\.\d+)?|1(?:\.0+)?)$/, 'must be a number from 0 to 1')
    .transform(Number)
    .default(1)
    .describe('Share of the requests that are traced; one that comes with a traceparent follows that'),
}

type Values = z.output<z.ZodObject<typeof tracingSettings>>

export const tracingConfigOf = (values: Values): TracingSettings | undefined => {
  const endpoint = values.OTEL_EXPORTER_OTLP_ENDPOINT
  if (endpoint === undefined) return undefined
  return Object.freeze({
    endpoint,
    headers: Object.freeze(values.OTEL_EXPORTER_OTLP_HEADERS ?? {}),
    serviceName: values.OTEL_SERVICE_NAME,
    share: values.OTEL_TRACES_SAMPLER_ARG,
  })
}
