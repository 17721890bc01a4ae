/** What each user does once: sign in. */
import { field, type Step } from './step.ts'

const credentials = { accountId: '${accountId}', password: '${password}' }
const { accountId, password } = credentials

export const onceSteps: readonly Step[] = [
  { call: 'health', as: 'nobody' },
  { call: 'ready', as: 'nobody' },
  {
    ...{ call: 'login', as: 'nobody', how: 'with a server key' },
    body: { accountId, apiKey: '${apiKey}' },
    take: { token: field('token') },
  },
  {
    ...{ call: 'login', as: 'nobody', how: 'with an app key' },
    body: { accountId, apiKey: '${appKey}' },
    take: { appToken: field('token') },
  },
  {
    ...{ call: 'verifyUser', as: 'app', how: 'a vet' },
    body: { username: '${username}', password },
    take: { userToken: field('userToken'), refreshToken: field('refreshToken') },
  },
  {
    ...{ call: 'refreshUserToken', as: 'app' },
    body: { refreshToken: '${refreshToken}' },
    take: { userToken: field('userToken'), refreshToken: field('refreshToken') },
  },
  {
    ...{ call: 'verifyUser', as: 'app', how: 'a group administrator' },
    body: { username: '${adminUsername}', password },
    take: { adminToken: field('userToken') },
  },
]
