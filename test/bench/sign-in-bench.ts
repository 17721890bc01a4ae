/** What checking a token costs, and what guessed passwords cost everybody else. */
import { createSecretKey } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import jwt from 'jsonwebtoken'
import { authenticate } from '../../server/auth/authenticate.ts'
import { Tokens } from '../../server/auth/tokens.ts'
import { getAnimal } from '../../server/contract/mobile.ts'
import { demoKeys } from '../../server/demo/practice.ts'
import { startServer } from '../support/server.ts'
import { median, timed, type Row } from './row.ts'
import { withServer, type Running } from './with-server.ts'

const secret = 'a-secret-for-the-bench-of-tokens-alone'
const checks = 5000

export const signInBench = async (): Promise<Row[]> => [...(await tokenRows()), await attackRow()]

const medianOfChecks = async (check: () => unknown): Promise<number> => {
  const times: number[] = []
  for (let n = 0; n < checks; n += 1) times.push(await timed(async () => await check()))
  return median(times.slice(checks / 10))
}

/** Both tokens of a vet's call, with all that is asked of their key, session and user. */
const tokenRows = async (): Promise<Row[]> => {
  await using server = await startServer()
  const { headers } = await server.signIn('amelia.vet')
  const { accounts, tokens, now } = server.context
  const given = { apiToken: headers.ApiToken, userToken: headers.ApiUserToken, bearer: undefined }
  const kept = await medianOfChecks(() => authenticate(getAnimal, given, { accounts, tokens }))
  const keys = [{ kid: 'bench', secret }]
  const { keyId } = demoKeys[0] ?? { keyId: '' }
  const foreign = new Tokens({ keys, now }).issueApiToken({ accountId: 'bench', keyId }).token
  const anew = await medianOfChecks(() => new Tokens({ keys, now }).verifyApiToken(foreign))
  const key = createSecretKey(secret, 'utf8')
  const bare = await medianOfChecks(() => jwt.verify(foreign, key, { algorithms: ['HS256'] }))
  const peer = { what: 'jsonwebtoken’s verify of one token', value: bare }
  const asked = { asked: 'under 0.2 ms', unit: 'ms', peer }
  return [
    { what: 'both tokens of a call checked, median', value: kept, met: kept < 0.2, ...asked },
    { what: 'a token that was never seen, median', value: anew, met: anew < 0.2, ...asked },
  ]
}

const guessesPerSecond = 200
const measureMs = 8000
const callers = 4

/** Guesses at many names from many addresses: so that no lock spares the server the work. */
const attackRow = async (): Promise<Row> =>
  await withServer(
    async (running) => {
      const calm = await p95OfCalls(running)
      const attack = new AbortController()
      const guessing = guess(running, attack.signal)
      await pause(1000)
      const attacked = await p95OfCalls(running)
      attack.abort()
      const sent = await guessing
      return {
        what: `GET animal while ${Math.round(sent)} wrong passwords/s come, p95`,
        value: attacked,
        unit: 'ms',
        asked: 'under 3 × of calm, at 200/s',
        met: attacked < 3 * calm && sent > guessesPerSecond * 0.9,
        peer: { what: 'the same, calm', value: calm },
      }
    },
    {
      TRUST_PROXY: 'loopback',
      RATE_LIMIT_KEY: '10000000',
      RATE_LIMIT_USER: '10000000',
      RATE_LIMIT_ADDRESS: '10000000',
    },
  )

const p95OfCalls = async ({ server, api: caller }: Running): Promise<number> => {
  const [animal] = await caller.pullAll('animals')
  const url = `${server.url}/v2/mobile/animals/${String(animal?.['id'])}`
  const times: number[] = []
  const until = performance.now() + measureMs
  const call = async (): Promise<void> => {
    while (performance.now() < until) {
      times.push(
        await timed(async () => {
          const response = await fetch(url, { headers: caller.headers })
          await response.arrayBuffer()
          if (response.status !== 200) throw new Error(`The call was answered ${response.status}`)
        }),
      )
      await pause(10)
    }
  }
  await Promise.all(Array.from({ length: callers }, call))
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? 0
}

/** Sends guesses at the pace that is asked, whether answered or not. Returns how many a second were sent. */
const guess = async ({ server, api: caller }: Running, signal: AbortSignal): Promise<number> => {
  const started = performance.now()
  const answers: Promise<unknown>[] = []
  while (!signal.aborted) {
    const due = ((performance.now() - started) / 1000) * guessesPerSecond
    while (answers.length < due) answers.push(oneGuess(server.url, caller.headers, answers.length))
    await pause(5)
  }
  const seconds = (performance.now() - started) / 1000
  await Promise.all(answers)
  return answers.length / seconds
}

const oneGuess = async (url: string, headers: Record<string, string>, n: number): Promise<void> => {
  const response = await fetch(`${url}/v2/authentication/verifyUser`, {
    method: 'POST',
    headers: {
      ApiToken: headers['ApiToken'] ?? '',
      'Content-Type': 'application/json',
      'X-Forwarded-For': `10.${n % 250}.${(n >> 8) % 250}.${(n >> 4) % 250}`,
    },
    body: JSON.stringify({ username: `guessed.${n}`, password: 'Not-The-Password-1' }),
  })
  await response.arrayBuffer()
  if (response.status < 400) throw new Error('A guess was taken for a password')
}
