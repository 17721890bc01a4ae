/** Two calls of the Mobile service that are kept for old apps: each is its successor under its former name. */
import { call } from './call.ts'
import { retrieveDiariesForDay, retrieveFullList } from './mobile.ts'

const ending = { since: '2026-09-01', sunset: '2027-09-01' }

export const retrieveDiary = call({
  ...retrieveDiariesForDay,
  path: '/v2/mobile/retrieveDiary',
  summary: 'The former name of retrieveDiariesForDay',
  description:
    'For old apps; new ones use retrieveDiariesForDay, which takes the same and answers the same. Every answer tells ' +
    'by `Deprecation`, `Sunset` and `Link` until when this one is there, and what takes its place.',
  deprecated: { ...ending, successor: retrieveDiariesForDay.path },
})

export const retrieveDayList = call({
  ...retrieveFullList,
  path: '/v2/mobile/retrieveDayList',
  summary: 'The former name of retrieveFullList',
  description:
    'For old apps; new ones use retrieveFullList, which takes the same and answers the same. Every answer tells by ' +
    '`Deprecation`, `Sunset` and `Link` until when this one is there, and what takes its place.',
  deprecated: { ...ending, successor: retrieveFullList.path },
})
