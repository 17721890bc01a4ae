/** What a client of OAuth 2.0 asks: consent, tokens, renewals. */
import { createHash, randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { demoAccountId, demoPassword } from '../../server/demo/practice.ts'
import type { Answer, TestServer } from './server.ts'

export const redirectUri = 'http://127.0.0.1:49152/callback'
const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url')
export const basic = `Basic ${Buffer.from(`${demoAccountId}:demo-api-key`).toString('base64')}`
export type Form = Record<string, string>
export const bearer = (token: unknown): Form => ({ Authorization: `Bearer ${String(token)}` })

/** @param serverOf the server that is asked, which may be another in each test */
export const oauthCalls = (serverOf: () => TestServer) => {
  const post = (path: string, form: Form | [string, string][], headers: Form = {}): Promise<Answer> =>
    serverOf().request(`/oauth/${path}`, {
      raw: new URLSearchParams(form).toString(),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    })
  const clientToken = (scope?: string): Promise<Answer> =>
    post(
      'token',
      { grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) },
      { Authorization: basic },
    )

  const asked = (more: Form = {}): { verifier: string; form: Form } => {
    const verifier = randomBytes(32).toString('base64url')
    const challenge = { code_challenge: sha256(verifier), code_challenge_method: 'S256' }
    const form = { response_type: 'code', client_id: demoAccountId, redirect_uri: redirectUri, state: 'xyz' }
    return { verifier, form: { ...form, ...challenge, ...more } }
  }
  const consent = async (form: Form): Promise<URL> => {
    const response = await fetch(`${serverOf().url}/oauth/authorize`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({
        username: 'amelia.vet',
        password: demoPassword,
        decision: 'allow',
        ...form,
      }),
    })
    expect(response.status, await response.text()).to.equal(303)
    return new URL(response.headers.get('location') ?? '')
  }
  const exchange = (code: string | null, verifier: string, more: Form = {}): Promise<Answer> =>
    post('token', {
      ...{ grant_type: 'authorization_code', code: String(code), code_verifier: verifier },
      ...{ client_id: demoAccountId, redirect_uri: redirectUri, ...more },
    })
  const signIn = async (
    more: Form = {},
  ): Promise<{ body: Record<string, unknown>; code: string; verifier: string }> => {
    const { verifier, form } = asked(more)
    const code = (await consent(form)).searchParams.get('code') ?? ''
    const { status, body, text } = await exchange(code, verifier)
    expect(status, text).to.equal(200)
    return { body, code, verifier }
  }
  const renew = (token: unknown, more: Form = {}): Promise<Answer> =>
    post('token', {
      grant_type: 'refresh_token',
      refresh_token: String(token),
      client_id: demoAccountId,
      ...more,
    })
  const diary = async (token: unknown, on = serverOf()): Promise<Answer> => {
    const date = new Date(serverOf().clock.now).toISOString().slice(0, 10)
    return await on.request(`/v2/mobile/retrieveDiariesForDay?siteId=1&date=${date}`, {
      headers: bearer(token),
    })
  }
  return { post, clientToken, asked, consent, exchange, signIn, renew, diary }
}
