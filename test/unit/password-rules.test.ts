/** The rules for new passwords. */
import { expect } from 'chai'
import { passwordFaults } from '../../server/auth/password-rules.ts'

const user = { username: 'amelia.vet', displayName: 'Amelia Hart', demo: false }
const common = async (password: string): Promise<boolean> =>
  (await passwordFaults(password, user)).some((fault) => fault.includes('most common'))

describe('a new password', () => {
  it('may not be one of the most common ones, in whatever case', async () => {
    for (const password of ['1q2w3e4r5t6y', '1Q2W3E4R5T6Y', '1q2w3e4r5t6Y'])
      expect(await common(password), password).to.equal(true)
  })

  it('may not be one of them with something around it, or with signs for letters', async () => {
    for (const password of [
      'Password2026!',
      'P@ssw0rd2026',
      'Qwerty123456!',
      '!!Sunshine!!2026',
      '12345Letmein!',
    ])
      expect(await common(password), password).to.equal(true)
  })

  it('may not be the one that is in the documentation', async () => {
    expect(await passwordFaults('Demo-Practice-2026', user)).to.have.length(1)
    expect(await passwordFaults('Demo-Practice-2026', { ...user, demo: true })).to.deep.equal([])
  })

  it('may be made of several words, or of nothing that anybody knows', async () => {
    for (const password of ['Correct-Horse-47', 'Three-Grey-Mares-9', 'hQ7dVw2LpZ9s', 'Pony-Meadow-Gate-3'])
      expect(await passwordFaults(password, user), password).to.deep.equal([])
  })

  it('has twelve characters of three kinds, and not the name in it', async () => {
    for (const [password, fault] of [
      ['Short-1a', '12 characters'],
      ['onlysmallletters', 'three of'],
      ['Amelia.Vet-2026-x', 'name'],
      ['AMELIA-hart-2026', 'name'],
      ['Pony-Meadow-Gate-3\u0000', 'control characters'],
    ] as const)
      expect((await passwordFaults(password, user)).join(), password).to.contain(fault)
  })
})
