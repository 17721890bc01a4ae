/** The letters, as text and as HTML that says the same. Everything that a person chose is escaped in HTML. */
import type { NoticeKind } from './queue.ts'

export interface Letter {
  subject: string
  text: string
  html: string
}

export interface LetterValues {
  /** The reader's name. */
  name: string
  /** The practice, or `Vetspace` for who belongs to none. */
  practice: string
  /** When it happened, ms since the epoch. */
  at: number
  /** Where a new password is set; with the token in the letter of `reset`. */
  link: string
}

interface Draft {
  subject: string
  before: string[]
  /** The words on the button. */
  action: string
  after: string[]
}

const instant = (at: number): string =>
  `${new Date(at).toLocaleString('en-GB', { timeZone: 'UTC', dateStyle: 'long', timeStyle: 'short' })} UTC`

const notYou =
  'If this was not you, set a new password now, and tell whoever looks after users in your practice.'

const drafts: Readonly<Record<NoticeKind, (values: LetterValues) => Draft>> = {
  reset: ({ practice, at }) => ({
    subject: `${practice}: set a new password`,
    before: [
      `On ${instant(at)} somebody, probably you, asked for a new password for your sign-in at ${practice}.`,
      'The link is good for 30 minutes and for one use.',
    ],
    action: 'Set a new password',
    after: [
      'If you did not ask for it, leave this letter alone: your password stays as it is. Nobody from the practice will ask you for this link.',
    ],
  }),
  passwordChanged: ({ practice, at }) => ({
    subject: `${practice}: your password was changed`,
    before: [
      `The password of your sign-in at ${practice} was changed on ${instant(at)}. Other devices have been signed out.`,
      'If you did this, there is nothing more to do.',
    ],
    action: 'Set a new password',
    after: [notYou],
  }),
  locked: ({ practice, at }) => ({
    subject: `${practice}: your sign-in is locked for a while`,
    before: [
      `After ten failed attempts your sign-in at ${practice} was locked on ${instant(at)}: for a minute at first, and for longer after each further one.`,
      'Nobody has got in by them. Devices that are signed in go on as they were.',
    ],
    action: 'Set a new password',
    after: [
      'If it was you, wait a little and try again, or set a new password: that opens your sign-in at once.',
      'If it was not you, a password that you use nowhere else keeps you safe. Tell whoever looks after users in your practice.',
    ],
  }),
  secondFactorOn: ({ practice, at }) => ({
    subject: `${practice}: your sign-in now asks for a code`,
    before: [
      `On ${instant(at)} a second factor was turned on for your sign-in at ${practice}: after your password you are asked for a code from your app. Other devices have been signed out.`,
      'Keep the recovery codes where you would find them without your phone.',
    ],
    action: 'Set a new password',
    after: [notYou],
  }),
  secondFactorOff: ({ practice, at }) => ({
    subject: `${practice}: your sign-in no longer asks for a code`,
    before: [
      `On ${instant(at)} the second factor of your sign-in at ${practice} was turned off. Your password alone opens it now.`,
      'If you did this, or had asked for it, there is nothing more to do.',
    ],
    action: 'Set a new password',
    after: [notYou],
  }),
}

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)

/** Names come from people: in a subject they stay on one line. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()

export const letterOf = (kind: NoticeKind, given: LetterValues): Letter => {
  const values = { ...given, name: oneLine(given.name), practice: oneLine(given.practice) }
  const { subject, before, action, after } = drafts[kind](values)
  const greeting = `Hello ${values.name},`
  const text = [greeting, ...before, `${action}: ${values.link}`, ...after, values.practice].join('\n\n')
  return { subject, text: `${text}\n`, html: htmlOf({ subject, greeting, before, action, after }, values) }
}

const paragraph = (text: string): string => `<p style="margin:0 0 16px">${escaped(text)}</p>`

const htmlOf = (
  { subject, greeting, before, action, after }: Draft & { greeting: string },
  { link, practice }: LetterValues,
): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(subject)}</title>
</head>
<body style="margin:0;padding:24px;background:#ffffff;color:#1b2a2f;font:17px/1.5 system-ui,sans-serif">
<main style="max-width:560px;margin:0 auto">
${[greeting, ...before].map(paragraph).join('\n')}
<p style="margin:0 0 16px"><a href="${escaped(link)}" style="display:inline-block;padding:12px 20px;border-radius:4px;background:#0b5c56;color:#ffffff;font-weight:bold">${escaped(action)}</a></p>
<p style="margin:0 0 16px;font-size:14px">If the button does nothing, copy this address into your browser: ${escaped(link)}</p>
${after.map(paragraph).join('\n')}
<p style="margin:0">${escaped(practice)}</p>
</main>
</body>
</html>
`
