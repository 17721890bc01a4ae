/** The JMeter plan and the contract. */
import { expect } from 'chai'
import { readFile } from 'node:fs/promises'
import { api } from '../../../server/contract/api.ts'
import { plan, steps } from '../../load/plan.ts'

describe('The JMeter plan', () => {
  it('makes every call of the contract', () => {
    const made = new Set(steps.map(({ call }) => call))
    expect(Object.keys(api).filter((name) => !made.has(name as keyof typeof api))).to.deep.equal([])
  })

  it('is what the steps and the contract make of it now (npm run load:plan)', async () => {
    const file = await readFile(new URL('../../load/vetspace.jmx', import.meta.url), 'utf8')
    expect(file === plan()).to.equal(true)
  })

  it('uses no variable that nothing sets before', () => {
    const file = plan()
    const set = new Set([...file.matchAll(/vars\.put\(&quot;(\w+)&quot;/g)].map(([, name]) => name))
    for (const [, name] of file.matchAll(/elementProp name="(\w+)" elementType="Argument"/g)) set.add(name)
    for (const { take = {}, ...step } of steps) {
      for (const [, name] of JSON.stringify(step).matchAll(/\$\{(\w+)\}/g))
        expect(set, `${step.call} has \${${name}}`).to.include(name)
      for (const name of Object.keys(take))
        for (const group of ['', '_g1', '_g2', '_g3']) set.add(name + group)
    }
  })
})
