/** A JMeter plan as text: only elements that JMeter 2.13 (Debian's) and every later one know. */

/** A request of the plan. Texts may hold JMeter's `${variables}`. */
export interface Sampler {
  name: string
  method: string
  path: string
  headers: Record<string, string>
  body?: string
  /** A form with the photograph in it. */
  form?: Record<string, string>
  /** The photograph as the whole body. */
  bytes?: true
  /** Statuses that count as good, where not every one below 400 does. */
  expect?: string
  /** Text that a good answer does not have. */
  refuse?: string
  /** Variable → pattern whose first group becomes its value; `random` takes any one of what matches. */
  take?: Record<string, string | { pattern: string; random?: true; from?: 'headers' }>
  /** ms without a further byte after which JMeter stops waiting. */
  timeout?: number
  /** BeanShell to run before it. */
  before?: string
}

const escape = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
const text = (name: string, value: string): string =>
  `<stringProp name="${name}">${escape(value)}</stringProp>`
const yes = (name: string, value: boolean): string => `<boolProp name="${name}">${value}</boolProp>`
const whole = (name: string, value: number): string => `<intProp name="${name}">${value}</intProp>`

const element = (type: string, gui: string, name: string, properties: readonly string[]): string =>
  [
    `<${type} guiclass="${gui}" testclass="${type}" testname="${escape(name)}" enabled="true">`,
    ...properties,
    `</${type}>`,
  ].join('\n')

/** An element and what hangs under it. */
const withChildren = (parent: string, children: readonly string[]): string =>
  children.length === 0
    ? `${parent}\n<hashTree/>`
    : `${parent}\n<hashTree>\n${children.join('\n')}\n</hashTree>`

const headers = (values: Record<string, string>): string =>
  element('HeaderManager', 'HeaderPanel', 'Headers', [
    '<collectionProp name="HeaderManager.headers">',
    ...Object.entries(values).map(
      ([name, value]) =>
        `<elementProp name="${name}" elementType="Header">${text('Header.name', name)}${text('Header.value', value)}</elementProp>`,
    ),
    '</collectionProp>',
  ])

const extractor = (name: string, wanted: NonNullable<Sampler['take']>[string]): string => {
  const { pattern, random, from } = typeof wanted === 'string' ? { pattern: wanted } : wanted
  return element('RegexExtractor', 'RegexExtractorGui', name, [
    text('RegexExtractor.useHeaders', from === 'headers' ? 'true' : 'false'),
    text('RegexExtractor.refname', name),
    text('RegexExtractor.regex', pattern),
    text('RegexExtractor.template', '$1$'),
    text('RegexExtractor.default', ''),
    text('RegexExtractor.match_number', random ? '0' : '1'),
  ])
}

const notSubstring = 16 + 4
const matches = 1

const assertion = (of: 'code' | 'data', pattern: string): string =>
  element('ResponseAssertion', 'AssertionGui', of === 'code' ? 'Status' : 'Nothing refused', [
    '<collectionProp name="Asserion.test_strings">',
    text('1', pattern),
    '</collectionProp>',
    text('Assertion.test_field', of === 'code' ? 'Assertion.response_code' : 'Assertion.response_data'),
    yes('Assertion.assume_success', of === 'code'),
    whole('Assertion.test_type', of === 'code' ? matches : notSubstring),
  ])

const argument = (name: string, value: string): string =>
  `<elementProp name="${name}" elementType="HTTPArgument">${yes('HTTPArgument.always_encode', false)}${text('Argument.value', value)}${text('Argument.metadata', '=')}${name === '' ? '' : text('Argument.name', name)}</elementProp>`

const file = (parameter: string): string =>
  `<elementProp name="HTTPsampler.Files" elementType="HTTPFileArgs"><collectionProp name="HTTPFileArgs.files"><elementProp name="photo" elementType="HTTPFileArg">${text('File.path', '${photo}')}${text('File.paramname', parameter)}${text('File.mimetype', parameter === '' ? 'application/offset+octet-stream' : 'image/png')}</elementProp></collectionProp></elementProp>`

const sampler = (request: Sampler): string => {
  const { name, method, path, body, form, bytes, expect, refuse, take = {}, timeout, before } = request
  const values = form ? Object.entries(form) : body === undefined ? [] : [['', body] as const]
  const http = element('HTTPSamplerProxy', 'HttpTestSampleGui', name, [
    ...(body === undefined ? [] : [yes('HTTPSampler.postBodyRaw', true)]),
    '<elementProp name="HTTPsampler.Arguments" elementType="Arguments"><collectionProp name="Arguments.arguments">',
    ...values.map(([field, value]) => argument(field, value)),
    '</collectionProp></elementProp>',
    ...(form ? [file('file')] : bytes ? [file('')] : []),
    text('HTTPSampler.protocol', '${protocol}'),
    text('HTTPSampler.domain', '${host}'),
    text('HTTPSampler.port', '${port}'),
    text('HTTPSampler.contentEncoding', 'UTF-8'),
    text('HTTPSampler.path', path),
    text('HTTPSampler.method', method),
    yes('HTTPSampler.use_keepalive', true),
    yes('HTTPSampler.DO_MULTIPART_POST', form !== undefined),
    text('HTTPSampler.implementation', 'HttpClient4'),
    ...(timeout === undefined ? [] : [text('HTTPSampler.response_timeout', String(timeout))]),
  ])
  return withChildren(
    http,
    [
      headers(request.headers),
      ...(before === undefined ? [] : [script(before)]),
      ...Object.entries(take).map(([variable, wanted]) => extractor(variable, wanted)),
      ...(expect === undefined ? [] : [assertion('code', expect)]),
      ...(refuse === undefined ? [] : [assertion('data', refuse)]),
    ].map((child) => withChildren(child, [])),
  )
}

const script = (source: string): string =>
  element('BeanShellPreProcessor', 'TestBeanGUI', 'Values of this turn', [
    yes('resetInterpreter', false),
    text('parameters', ''),
    text('filename', ''),
    text('script', source),
  ])

/** What can be given by `-Jname=value`, with its default. */
export type Settings = Record<string, string>

const variables = (settings: Settings): string =>
  element('Arguments', 'ArgumentsPanel', 'Settings', [
    '<collectionProp name="Arguments.arguments">',
    ...Object.entries(settings).map(
      ([name, value]) =>
        `<elementProp name="${name}" elementType="Argument">${text('Argument.name', name)}${text('Argument.value', value)}${text('Argument.metadata', '=')}</elementProp>`,
    ),
    '</collectionProp>',
  ])

export interface Plan {
  settings: Settings
  /** Once for each user, before its turns. */
  once: readonly Sampler[]
  /** Each turn. */
  turn: readonly Sampler[]
}

/** The plan as JMeter reads it: each user of the load is a thread of its own. */
export const jmxOf = ({ settings, once, turn }: Plan): string => {
  const users = element('ThreadGroup', 'ThreadGroupGui', 'Users', [
    text('ThreadGroup.on_sample_error', 'continue'),
    '<elementProp name="ThreadGroup.main_controller" elementType="LoopController">',
    yes('LoopController.continue_forever', false),
    text('LoopController.loops', '${__P(loops,1)}'),
    '</elementProp>',
    text('ThreadGroup.num_threads', '${__P(threads,2)}'),
    text('ThreadGroup.ramp_time', '${__P(rampUp,2)}'),
    yes('ThreadGroup.scheduler', false),
  ])
  const first = element('OnceOnlyController', 'OnceOnlyControllerGui', 'Signing in', [])
  const plan = withChildren(element('TestPlan', 'TestPlanGui', 'Vetspace V2 API', []), [
    withChildren(variables(settings), []),
    withChildren(users, [withChildren(first, once.map(sampler)), ...turn.map(sampler)]),
  ])
  const head =
    '<?xml version="1.0" encoding="UTF-8"?>\n<jmeterTestPlan version="1.2" properties="2.8" jmeter="2.13">'
  return `${head}\n<hashTree>\n${plan}\n</hashTree>\n</jmeterTestPlan>\n`
}
