import { untraced, type Tracing, type TracingLog, type TracingSettings } from './tracing.ts'

/** OpenTelemetry is loaded only here, and only where it is configured: it takes time and memory. */
export const openTracing = async (
  settings: TracingSettings | undefined,
  log: TracingLog,
): Promise<Tracing> => {
  if (settings === undefined) return untraced
  const { OtlpTracing } = await import('./otlp-tracing.ts')
  return new OtlpTracing(settings, log)
}
