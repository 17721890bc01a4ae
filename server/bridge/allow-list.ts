/** Which paths of a PMS are let through: pure. The agent decides by it, and the server before it asks the agent. */
import type { AllowRule } from '../contract/bridge-agent.ts'

const unsafe = /[\p{Cc}/\\]/u

/**
 * The steps of a path, decoded; undefined for a path that two programs may read differently: empty steps, `.` and
 * `..`, slashes and control characters in disguise.
 */
const stepsOf = (path: string): string[] | undefined => {
  if (!path.startsWith('/')) return undefined
  const steps: string[] = []
  for (const raw of path.slice(1).split('/')) {
    try {
      const step = decodeURIComponent(raw)
      if (step === '' || step === '.' || step === '..' || unsafe.test(step)) return undefined
      steps.push(step)
    } catch {
      return undefined
    }
  }
  return steps
}

/** A path as it is sent on, each step encoded anew; undefined for one that is not safe to send. */
export const tidyPath = (path: string): string | undefined => {
  const steps = stepsOf(path)
  return steps && `/${steps.map(encodeURIComponent).join('/')}`
}

const matches = (pattern: readonly string[], steps: readonly string[]): boolean => {
  const open = pattern.at(-1) === '**'
  const fixed = open ? pattern.slice(0, -1) : pattern
  if (open ? steps.length <= fixed.length : steps.length !== fixed.length) return false
  return fixed.every((part, i) => part === '*' || part === steps[i])
}

/** Whether a call is on the list. */
export const isAllowed = (
  rules: readonly AllowRule[],
  { method, path }: { method: string; path: string },
): boolean => {
  const steps = stepsOf(path)
  return (
    steps !== undefined &&
    rules.some(
      (rule) => rule.methods.some((one) => one === method) && matches(rule.path.slice(1).split('/'), steps),
    )
  )
}
